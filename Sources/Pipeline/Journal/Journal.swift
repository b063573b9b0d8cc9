import Calibration
import Checkpoints
import Foundation
import Models
import Products
import Schemes
import Tensors
import Transforms

/// What one recipe has come to so far, on the disk: a run that was ended goes on behind the last whole block, and products are
/// written from it.
///
/// The log holds, in this order, what the journal is for (`about`), the strategy of each matrix where the run finds it out
/// (`strategies`, and `allotment` of a budget), the tensors of each block and then a mark that the block is whole (`block`), the tables,
/// and the `end`; behind that a `round`, where a gate refused what it holds and a budget was raised. What stands behind the last mark is
/// begun anew. Beside the log are two files of activations, in turn: after block k the calibration text as it stands
/// before block k + 1 is written over that of block k − 2, synced, and then the mark tells its hash. Hence one of the two files belongs to
/// a mark at any moment.
final class Journal {
  enum Kind: UInt64 {
    case about = 1
    case strategies
    case tensor
    case block
    case end
    case allotment
    case round
  }

  /// What a budget was spent on.
  struct Allotment: Codable, Equatable {
    /// By the place of the tensor in the plan.
    let types: [String]
    /// By the place of the tensor too: nats per token that each of its choices was foretold to cost.
    let costs: [[Double]]
    let spending: TypeSpending
  }

  /// What stands in the record of a block.
  struct Block: Codable {
    let layer: Int
    let transforms: [TransformRecord]
    let text: StoredText
  }

  /// A calibration text in a file of activations.
  struct StoredText: Codable, Equatable {
    let own: [Activations.StoredEdge]
    /// Of the original network's text, where a solver follows it.
    let original: [Activations.StoredEdge]?
    let hasDrifted: Bool
    /// Of the file.
    let sha256: String
  }

  /// The first block that the journal is for: 0 unless it holds a range of blocks alone.
  let first: Int

  /// What stands before the packed rows of a tensor.
  private struct Tensor: Codable {
    let place: Int
    let type: String
    let bytesPerRow: Int
    let columnOrder: [Int]?
    let inputScale: Float?
    let entry: LedgerEntry
  }

  private let log: RecordLog
  private(set) var blocks: [Block] = []
  /// How many records there are up to each block's, and before the first.
  private var recordsUpTo: [Int] = []
  /// The number of each tensor's record, by its place in the plan.
  private var tensors: [Int: Int] = [:]
  /// The name of the strategy of each matrix that has one, by its place in the plan.
  private(set) var strategies: [Int: String]?
  /// Of an edition with a budget.
  private(set) var allotment: Allotment?
  /// What gates last said of a product with these tensors that they refused, where the run then raised the budget.
  private(set) var refusal: BudgetRounds.Round?
  private(set) var isFinished = false
  /// Whole texts, by the number of blocks that they have passed.
  private var checked: [Int: Bool] = [:]

  var path: String { log.path }
  /// Bytes of the log so far.
  var byteCount: Int { log.records.last?.range.upperBound ?? 0 }
  /// Bytes that were damaged or not whole.
  var cutBytes: Int { log.cutBytes }

  /// Opens the journal of a recipe, or begins it.
  ///
  /// - Parameter first: the first block that it is for.
  /// - Throws: `.file` when another process holds it or its place cannot be written; `.malformed` where its records say what no
  ///   run writes.
  init(
    _ place: JournalPlace, about: JournalSummary.About, first: Int = 0, fresh: Bool
  ) throws(CheckpointError) {
    guard let log = try RecordLog(path: place.path, key: place.key, fresh: fresh) else {
      throw .file(
        FileError(
          path: place.path,
          reason: "found it locked: another run makes the same product now; wait until it has ended, or end it"))
    }
    self.log = log
    self.first = first
    try read()
    if log.records.isEmpty { try log.append(Kind.about.rawValue, Self.encode(about)) }
    if recordsUpTo.isEmpty { recordsUpTo = [log.records.count] }
  }

  private func read() throws(CheckpointError) {
    let file = try log.map()
    var found: [Int: Int] = [:]
    var kept = 0
    for (index, record) in log.records.enumerated() {
      guard let kind = Kind(rawValue: record.kind) else { throw malformed(index, "the kind \(record.kind)") }
      switch kind {
      case .about: recordsUpTo = [index + 1]
      case .strategies:
        strategies = try decode([Int: String].self, file, record, index)
        recordsUpTo = [index + 1]
      case .allotment:
        allotment = try decode(Allotment.self, file, record, index)
        recordsUpTo = [index + 1]
      case .tensor:
        found[try tensor(file, index).place] = index
        continue
      case .block:
        let block = try decode(Block.self, file, record, index)
        guard block.layer == first + blocks.count else { throw malformed(index, "block \(block.layer)") }
        blocks.append(block)
        recordsUpTo.append(index + 1)
      case .end: isFinished = true
      case .round: refusal = try decode(BudgetRounds.Round.self, file, record, index)
      }
      kept = index + 1
      tensors.merge(found) { $1 }
      found = [:]
    }
    try log.keep(first: kept)
  }

  private func malformed(_ index: Int, _ found: String) -> CheckpointError {
    .malformed(
      path: path, part: .header("record \(index + 1)"), found: found,
      expected: "a journal of this version; begin anew with --fresh")
  }

  // MARK: Writing

  func append(strategies names: [Int: String]) throws(CheckpointError) {
    strategies = names
    try log.append(Kind.strategies.rawValue, Self.encode(names))
    try log.sync()
    recordsUpTo = [log.records.count]
  }

  func append(_ types: Allotment) throws(CheckpointError) {
    allotment = types
    try log.append(Kind.allotment.rawValue, Self.encode(types))
    try log.sync()
    recordsUpTo = [log.records.count]
  }

  /// Keeps what gates said of a product that they refused, once.
  ///
  /// - Precondition: the journal is finished.
  func append(_ round: BudgetRounds.Round) throws(CheckpointError) {
    precondition(isFinished, "a product that was judged")
    guard refusal != round else { return }
    refusal = round
    try log.append(Kind.round.rawValue, Self.encode(round))
    try log.sync()
  }

  func append(_ tensor: CompiledTensor, at place: Int) throws(CheckpointError) {
    let packed = tensor.packed
    let head = Self.encode(
      Tensor(
        place: place, type: tensor.plan.format.name, bytesPerRow: packed.packed.columns,
        columnOrder: packed.columnOrder, inputScale: packed.inputScale, entry: tensor.entry))
    try append(head, packed.packed)
    tensors[place] = log.records.count - 1
  }

  private func append(_ head: [UInt8], _ rows: borrowing PackedRows) throws(CheckpointError) {
    try log.append(Kind.tensor.rawValue, Self.length(head) + head, rows.bytes)
  }

  /// Ends a block: from here on its work is not done again.
  func endBlock(_ layer: Int, _ transforms: [TransformRecord], _ text: Calibrator) throws(CheckpointError) {
    let stored = try text.store(in: textPath(after: layer + 1))
    let block = Block(layer: layer, transforms: transforms, text: stored)
    try log.append(Kind.block.rawValue, Self.encode(block))
    try log.sync()
    blocks.append(block)
    recordsUpTo.append(log.records.count)
    checked[layer + 1] = true
    checked[layer - 1] = nil
  }

  /// Takes over the records of a journal that is for the blocks that come next.
  ///
  /// - Precondition: it is finished. What was found out before its first block is the same in both.
  func take(_ part: Journal) throws(CheckpointError) {
    precondition(part.isFinished && part.first == first + blocks.count, "blocks that come next")
    let file = try part.log.map()
    for (index, record) in part.log.records.enumerated() {
      switch Kind(rawValue: record.kind) {
      case .strategies:
        guard let names = part.strategies, names == strategies ?? names else {
          throw part.malformed(index, "other strategies than in the blocks before")
        }
        if strategies == nil { try append(strategies: names) }
      case .allotment:
        guard let types = part.allotment, types == allotment ?? types else {
          throw part.malformed(index, "other types than in the blocks before")
        }
        if allotment == nil { try append(types) }
      case .tensor:
        try log.append(record.kind, [], file.bytes.extracting(record.range))
        tensors[try part.tensor(file, index).place] = log.records.count - 1
        file.release(record.range)
      case .block:
        try log.append(record.kind, [], file.bytes.extracting(record.range))
        blocks.append(part.blocks[blocks.count - (part.first - first)])
        recordsUpTo.append(log.records.count)
      case .about, .end, .round, nil: break
      }
    }
    try log.sync()
  }

  /// Ends the journal: every tensor is in it, and the text is of no use any more.
  func finish() throws(CheckpointError) {
    try log.append(Kind.end.rawValue, [])
    try log.sync()
    isFinished = true
    JournalPlace.removeTexts(of: path)
  }

  // MARK: Going on

  /// Whether a run can go on behind so many blocks of the model.
  func canGoOn(behind count: Int) -> Bool {
    guard count > first else { return true }
    guard count <= first + blocks.count, count > first + blocks.count - 2 else { return false }
    if let known = checked[count] { return known }
    let isWhole = (try? Journal.hash(of: textPath(after: count))) == block(count - 1).text.sha256
    checked[count] = isWhole
    return isWhole
  }

  /// The most blocks of the model behind which a run can go on.
  var goesOnBehind: Int {
    let last = first + blocks.count
    return [last, last - 1].first { $0 >= first && canGoOn(behind: $0) } ?? first
  }

  /// What the journal has of a block.
  func block(_ layer: Int) -> Block { blocks[layer - first] }

  /// Forgets everything behind so many blocks of the model.
  func cut(behind layer: Int) throws(CheckpointError) {
    let count = layer - first
    guard count < blocks.count || recordsUpTo[count] < log.records.count else { return }
    try log.keep(first: recordsUpTo[count])
    blocks.removeSubrange(count...)
    recordsUpTo.removeSubrange((count + 1)...)
    isFinished = false
    refusal = nil
    tensors = tensors.filter { $0.value < log.records.count }
  }

  /// The file of the text that has passed so many blocks.
  func textPath(after count: Int) -> String { JournalPlace.textPaths(of: path)[count % 2] }

  private static func hash(of path: String) throws(FileError) -> String {
    let file = try MappedFile(path: path)
    var digest = SHA256()
    digest.update(file)
    return digest.hexadecimal()
  }

  /// Checks that the disk has room for what the run adds.
  func checkSpace(for count: Int) throws(CheckpointError) { try log.checkSpace(for: count) }

  // MARK: Reading

  /// What was done to each tensor so far, in the order of compilation.
  func ledger() throws(CheckpointError) -> Ledger {
    let file = try log.map()
    var ledger = Ledger()
    ledger.transforms = blocks.flatMap(\.transforms)
    for (index, record) in log.records.enumerated() where record.kind == Kind.tensor.rawValue {
      ledger.entries.append(try tensor(file, index).entry)
    }
    return ledger
  }

  /// Hands over every tensor of a plan, in its order.
  func forEachTensor(
    of plan: [TensorPlan], _ body: (PackedTensor) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let file = try log.map()
    for (place, own) in plan.enumerated() {
      guard let index = tensors[place] else { throw malformed(log.records.count, "no tensor \(own.name)") }
      let tensor = try tensor(file, index)
      let range = log.records[index].range
      let bytes = range.lowerBound + 8 + Self.length(file, range)..<range.upperBound
      guard tensor.entry.tensor == own.name, tensor.type == own.format.name,
        tensor.bytesPerRow == own.format.bytesPerRow(columns: own.spec.columns),
        bytes.count == own.spec.rows * tensor.bytesPerRow
      else { throw malformed(index, "\(tensor.entry.tensor) as \(tensor.type) in the place of \(own.name)") }
      let rows = PackedRows(
        rows: own.spec.rows, columns: tensor.bytesPerRow, copying: file.bytes.extracting(bytes))
      file.release(range)
      try body(
        PackedTensor(plan: own, packed: rows, columnOrder: tensor.columnOrder, inputScale: tensor.inputScale))
    }
  }

  private func tensor(_ file: MappedFile, _ index: Int) throws(CheckpointError) -> Tensor {
    let range = log.records[index].range
    let length = range.count < 8 ? .max : Self.length(file, range)
    guard length <= range.count - 8 else { throw malformed(index, "a tensor of \(range.count) bytes") }
    return try decode(Tensor.self, file, range.lowerBound + 8..<range.lowerBound + 8 + length, index)
  }

  /// Bytes of the text at the head of a tensor's record.
  private static func length(_ file: MappedFile, _ range: Range<Int>) -> Int {
    Int(clamping: file.bytes.littleEndian(UInt64.self, at: range.lowerBound))
  }

  // MARK: JSON

  static func encode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    guard let data = try? encoder.encode(value) else {
      preconditionFailure("a record of plain values that JSON cannot hold")
    }
    return Array(data)
  }

  private static func length(_ text: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
  }

  private func decode<T: Decodable>(
    _ type: T.Type, _ file: MappedFile, _ record: RecordLog.Record, _ index: Int
  ) throws(CheckpointError) -> T {
    try decode(type, file, record.range, index)
  }

  private func decode<T: Decodable>(
    _ type: T.Type, _ file: MappedFile, _ range: Range<Int>, _ index: Int
  ) throws(CheckpointError) -> T {
    guard let value = Self.decode(type, file.bytes.extracting(range)) else {
      throw malformed(index, "other JSON than a record of this kind")
    }
    return value
  }

  static func decode<T: Decodable>(_ type: T.Type, _ bytes: RawSpan) -> T? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    return try? decoder.decode(type, from: bytes.withUnsafeBytes { Data($0) })
  }
}
