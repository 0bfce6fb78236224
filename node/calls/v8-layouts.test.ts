import { describe, expect, it } from "vitest";
import { coveredVersions, layoutOf } from "./v8-layouts.ts";

describe("layoutOf", () => {
  it("knows the V8 of every supported Node, and of this one", () => {
    expect(coveredVersions).toEqual(["11.3", "12.4", "13.6", "14.6"]);
    for (const version of ["11.3.244.8-node.38", "12.4.254.21-node.57", "13.6.233.17-node.53"])
      expect(layoutOf(version)).toMatchObject({ typeBytes: 3, callback: { result: 24 } });
    expect(layoutOf("14.6.202.34-node.34")).toMatchObject({ typeBytes: 2, callback: { result: 48 } });
    expect(layoutOf(process.versions.v8 ?? "")).toBeDefined();
  });

  it.each([
    "12.9.202.2-node.1",
    "14.7.1.1-node.1",
    "11.3.244.8",
    "11.3.244.8-electron.0",
    "111.3.244.8-node.38",
    "11.30.244.8-node.38",
    "constructor",
    "",
  ])("knows nothing of %j", (version) => {
    expect(layoutOf(version)).toBeUndefined();
  });
});
