import Foundation
import JSON
import Tensors

/// `model.safetensors.index.json`: which shard holds which tensor.
struct ShardIndex {
  let path: String
  /// The shard of each tensor, in the order of the file.
  let shardOfTensor: [(tensor: String, shard: String)]

  init(path: String) throws(CheckpointError) {
    self.path = path
    let map = try JSONObject(contentsOf: path).object("weight_map")
    var entries: [(tensor: String, shard: String)] = []
    for tensor in map.keys {
      let shard = try map.string(tensor)
      guard Self.isFileName(shard) else {
        throw map.error(tensor, expected: "the name of a file in the same folder")
      }
      entries.append((tensor, shard))
    }
    shardOfTensor = entries
  }

  /// Whether a name stays inside of its folder: a shard elsewhere is none of this model.
  ///
  /// By bytes, as the operating system reads names: to Swift, a slash with a combining mark is another character.
  private static func isFileName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    let dot = UInt8(ascii: ".")
    return !bytes.isEmpty && !bytes.contains(UInt8(ascii: "/")) && !bytes.contains(0) && bytes != [dot]
      && bytes != [dot, dot]
  }

  /// Opens every shard and joins their tensors.
  ///
  /// - Throws: when a shard is missing or malformed, when two shards hold a tensor of one name, and when the map and the
  ///   shards disagree about which shard holds a tensor.
  func open() throws(CheckpointError) -> TensorTable {
    let folder = URL(filePath: path).deletingLastPathComponent()
    var tensors = TensorTable()
    var homes: [UTF8Key: String] = [:]
    for shard in Set(shardOfTensor.map(\.shard)).sorted() {
      let shardPath = folder.appending(path: shard).path
      guard FileManager.default.fileExists(atPath: shardPath) else {
        let users = shardOfTensor.filter { $0.shard == shard }.map(\.tensor)
        throw .missing(path: shardPath, lookedFor: "a shard of \(users.count) tensors, the first \(users[0])")
      }
      for tensor in try SafetensorsFile(path: shardPath).tensors.all {
        guard tensors.add(tensor) else {
          let first = homes[UTF8Key(tensor.name)] ?? "another shard"
          throw .malformed(
            path: shardPath, part: .tensor(tensor.name, "shard"), found: "it in this shard and in \(first)",
            expected: "it in one shard")
        }
        homes[UTF8Key(tensor.name)] = shard
      }
    }
    try check(homes)
    return tensors
  }

  private func check(_ homes: [UTF8Key: String]) throws(CheckpointError) {
    for (tensor, shard) in shardOfTensor {
      let home = homes[UTF8Key(tensor)]
      guard home == shard else {
        throw .malformed(
          path: path, part: .tensor(tensor, "shard"), found: "the entry \(shard)",
          expected: home.map { "\($0), which holds it" } ?? "a shard that holds it; none does")
      }
    }
    let listed = Set(shardOfTensor.map { UTF8Key($0.tensor) })
    if let stray = homes.keys.filter({ !listed.contains($0) }).min(by: { $0.text < $1.text }) {
      throw .malformed(
        path: path, part: .tensor(stray.text, "shard"), found: "no entry in weight_map",
        expected: "\(homes[stray] ?? ""), which holds it")
    }
  }
}
