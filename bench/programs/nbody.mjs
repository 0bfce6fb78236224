/** Five bodies under gravity: positions and velocities in columns, symplectic steps; the energy afterwards. */
const solar = () => {
  const year = 365.24;
  const solarMass = 4 * Math.PI * Math.PI;
  const x = [0, 4.841431442464721, 8.34336671824458, 12.894369562139131, 15.379697114850917];
  const y = [0, -1.1603200440274284, 4.124798564124305, -15.111151401698631, -25.919314609987964];
  const z = [0, -0.10362204447112311, -0.4035234171143214, -0.22330757889265573, 0.17925877295037118];
  const vx = [0, 0.001660076642744037, -0.00276742510726411, 0.002964601375647616, 0.0026806777249038932];
  const vy = [0, 0.007699011184197404, 0.004998528012349172, 0.0023784717395948095, 0.001628241700382423];
  const vz = [0, -6.90460016972063e-5, 2.3041729757376393e-5, -2.9658956854023756e-5, -9.515922545197159e-5];
  const mass = [1, 0.0009547919384243266, 0.0002858859806661308, 4.366244043351563e-5, 5.1513890204661145e-5];
  const column = (values, scale) => Float64Array.from(values, (value) => value * scale);
  return [x, y, z, vx, vy, vz, mass].map((values, index) =>
    column(values, index < 3 ? 1 : index < 6 ? year : solarMass),
  );
};

export const program = {
  name: "nbody",
  options: {
    types: Object.fromEntries(["x", "y", "z", "vx", "vy", "vz", "mass"].map((name) => [name, "Float64Array"])),
  },
  source: `(x, y, z, vx, vy, vz, mass, steps) => {
  const dt = 0.01;
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < x.length; i++) {
      for (let j = i + 1; j < x.length; j++) {
        const dx = x[i] - x[j];
        const dy = y[i] - y[j];
        const dz = z[i] - z[j];
        const distance2 = dx * dx + dy * dy + dz * dz;
        const magnitude = dt / (distance2 * Math.sqrt(distance2));
        vx[i] -= dx * mass[j] * magnitude;
        vy[i] -= dy * mass[j] * magnitude;
        vz[i] -= dz * mass[j] * magnitude;
        vx[j] += dx * mass[i] * magnitude;
        vy[j] += dy * mass[i] * magnitude;
        vz[j] += dz * mass[i] * magnitude;
      }
    }
    for (let i = 0; i < x.length; i++) {
      x[i] += dt * vx[i];
      y[i] += dt * vy[i];
      z[i] += dt * vz[i];
    }
  }
  let energy = 0;
  for (let i = 0; i < x.length; i++) {
    energy += 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
    for (let j = i + 1; j < x.length; j++) {
      const dx = x[i] - x[j];
      const dy = y[i] - y[j];
      const dz = z[i] - z[j];
      energy -= (mass[i] * mass[j]) / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return energy;
}`,
  small: () => [...solar(), 100],
  large: () => [...solar(), 20_000],
};
