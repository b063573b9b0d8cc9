/// The experts of a variant that keeps those of a layer in one tensor, each in a tensor of its own.
package enum FusedFixture {
  /// Writes the same model with a tensor for each expert's matrix.
  ///
  /// - Parameters:
  ///   - variant: one of families.json whose experts are fused.
  ///   - prefix: of the modules of experts, and the names of gate, up and down below one of them.
  @discardableResult
  package static func writeParted(
    _ variant: String, to folder: TemporaryFolder, as name: String = "parted",
    modules: [String] = ["gate_proj", "up_proj", "down_proj"], rename: (String) -> String = { $0 }
  ) throws -> String {
    let fixture = FamilyFixture.named(variant)
    var tensors: [(name: String, shape: [Int], values: [Float])] = []
    for (tensor, shape) in fixture.tensors {
      let values = FamilyFixture.values(of: tensor, shape, shift: 0)
      guard shape.count == 3 else {
        tensors.append((rename(tensor), shape, values))
        continue
      }
      let module = tensor.split(separator: ".").dropLast().joined(separator: ".")
      let parts = tensor.hasSuffix("gate_up_proj") ? Array(modules.prefix(2)) : [modules[2]]
      let rows = shape[1] / parts.count
      for expert in 0..<shape[0] {
        for (index, part) in parts.enumerated() {
          let start = (expert * shape[1] + index * rows) * shape[2]
          tensors.append(
            (
              rename("\(module).\(expert).\(part).weight"), [rows, shape[2]],
              Array(values[start..<start + rows * shape[2]])
            ))
        }
      }
    }
    return try fixture.write(to: folder, as: name, tensors: tensors)
  }
}
