#include <math.h>

double nbody(double *x, int n, double *y, int ny, double *z, int nz, double *vx, int nvx, double *vy, int nvy, double *vz,
             int nvz, double *mass, int nmass, int steps) {
  const double dt = 0.01;
  for (int step = 0; step < steps; step++) {
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        double dx = x[i] - x[j];
        double dy = y[i] - y[j];
        double dz = z[i] - z[j];
        double distance2 = dx * dx + dy * dy + dz * dz;
        double magnitude = dt / (distance2 * sqrt(distance2));
        vx[i] -= dx * mass[j] * magnitude;
        vy[i] -= dy * mass[j] * magnitude;
        vz[i] -= dz * mass[j] * magnitude;
        vx[j] += dx * mass[i] * magnitude;
        vy[j] += dy * mass[i] * magnitude;
        vz[j] += dz * mass[i] * magnitude;
      }
    }
    for (int i = 0; i < n; i++) {
      x[i] += dt * vx[i];
      y[i] += dt * vy[i];
      z[i] += dt * vz[i];
    }
  }
  double energy = 0;
  for (int i = 0; i < n; i++) {
    energy += 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
    for (int j = i + 1; j < n; j++) {
      double dx = x[i] - x[j];
      double dy = y[i] - y[j];
      double dz = z[i] - z[j];
      energy -= (mass[i] * mass[j]) / sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return energy;
}
