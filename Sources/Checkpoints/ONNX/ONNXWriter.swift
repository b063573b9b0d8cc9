import Tensors

/// Writes the constants of a graph into `model.onnx.data`, or into several such files where one may not be so large, and then the
/// graph, which names their places.
package struct ONNXWriter: ~Copyable {
  private let folder: String
  private let files: [File]
  private var sequence: TensorSequence
  private var places: [String: Int] = [:]
  private var current = 0
  private var output: TemporaryFile?
  /// Bytes of all constants.
  package let tensorBytes: Int
  /// The constants, for the graph.
  package let initializers: [ONNXInitializer]

  private struct File {
    let name: String
    var byteCount = 0
  }

  /// Runtimes map constants that begin with a page.
  static let alignment = 4096

  /// Opens the first file.
  ///
  /// - Parameters:
  ///   - folder: is there, and is one that is not published yet.
  ///   - tensors: what all files will hold, in order.
  ///   - shardBytes: no file holds more bytes than these, but for a single larger constant.
  /// - Throws: `.misfit` for a constant that the format cannot hold, `.file` when the first file cannot be written.
  package init(
    folder: String, tensors: [SafetensorsPlannedTensor], shardBytes: Int
  ) throws(CheckpointError) {
    var files = [File(name: Self.name(0))]
    var (initializers, planned) = ([ONNXInitializer](), [TensorSequence.Planned]())
    var fileOf: [Int] = []
    var total = 0
    for tensor in tensors {
      guard let type = ONNXType(safetensorsName: tensor.type),
        let count = (tensor.shape + [type.byteCount]).checkedProduct
      else {
        throw .misfit(
          path: folder, tensor: tensor.name, found: "\(tensor.shape) of \(tensor.type)",
          expected: "a type of ONNX, and a size that fits")
      }
      var start = Self.aligned(files[files.count - 1].byteCount)
      if start > 0, count > shardBytes - start {
        files.append(File(name: Self.name(files.count)))
        start = 0
      }
      files[files.count - 1].byteCount = start + count
      fileOf.append(files.count - 1)
      total += count
      initializers.append(
        ONNXInitializer(
          name: tensor.name, type: type, shape: tensor.shape,
          place: .file(files[files.count - 1].name, offset: start, length: count)))
      planned.append(
        TensorSequence.Planned(
          name: tensor.name, byteCount: count, summary: "\(tensor.shape) of \(tensor.type)"))
    }
    for (tensor, file) in zip(tensors, fileOf) { places[tensor.name] = file }
    let first = try TemporaryFile(path: "\(folder)/\(files[0].name)", expecting: files[0].byteCount)
    self.folder = folder
    self.files = files
    self.initializers = initializers
    tensorBytes = total
    sequence = TensorSequence(path: "\(folder)/\(files[0].name)", planned)
    output = consume first
  }

  /// Appends bytes of a constant. Constants come in the planned order, each in as many pieces as suits the caller.
  ///
  /// - Throws: `.misfit` when another one's turn it is, or the constant has fewer bytes.
  package mutating func append(_ bytes: RawSpan, to name: String) throws(CheckpointError) {
    try sequence.check(bytes.byteCount, to: name)
    if sequence.isAtStart {
      if let file = places[name], file != current { try begin(file) }
      try output?.pad(to: Self.alignment)
    }
    try output?.append(bytes)
    _ = sequence.advance(bytes.byteCount)
  }

  private mutating func begin(_ file: Int) throws(CheckpointError) {
    try output.take()?.finish().publish()
    current = file
    let next = try TemporaryFile(path: "\(folder)/\(files[file].name)", expecting: files[file].byteCount)
    output = consume next
  }

  /// Ends the files of constants and writes the graph.
  ///
  /// - Parameter model: whose graph has the constants as its initializers.
  /// - Throws: `.misfit` when bytes of a constant are missing.
  package consuming func finish(_ model: ONNXModel) throws(CheckpointError) {
    try sequence.checkComplete()
    try output.take()?.finish().publish()
    var model = model
    model.graph.initializers = initializers
    try AtomicFile.write(model.bytes.span.bytes, to: "\(folder)/\(ONNXFile.name)")
  }

  private static func name(_ file: Int) -> String { "\(ONNXFile.name).data\(file == 0 ? "" : "_\(file)")" }

  private static func aligned(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
