import Foundation

/// The processes that make one run together, as one of them sees it.
///
/// This is all that the program knows of a cluster: bytes go from one process to another. All ranks follow the same plan and call
/// each of these at the same place, in the same order. What fails in between ends all processes, so nothing is thrown.
package protocol Ranks: Sendable {
  /// This one: the first, 0, reads journals and writes products.
  var index: Int { get }
  var count: Int { get }
  /// Gives every rank bytes of its own, and takes what every rank has for this one.
  ///
  /// - Parameter outgoing: `[count]`, by rank.
  /// - Returns: `[count]`, by rank.
  func exchange(_ outgoing: [[UInt8]]) -> [[UInt8]]
  /// Gives bytes to a rank that asks for them with `receive`.
  func send(_ bytes: [UInt8], to rank: Int)
  func receive(from rank: Int) -> [UInt8]
}

/// A run of one process.
package struct OneRank: Ranks {
  package init() {}

  package var index: Int { 0 }
  package var count: Int { 1 }
  package func exchange(_ outgoing: [[UInt8]]) -> [[UInt8]] { outgoing }
  package func send(_ bytes: [UInt8], to rank: Int) { preconditionFailure("there is one rank") }
  package func receive(from rank: Int) -> [UInt8] { preconditionFailure("there is one rank") }
}

extension Ranks {
  package var isFirst: Bool { index == 0 }

  /// What every rank has to tell all others, by rank.
  package func gathered(_ own: [UInt8]) -> [[UInt8]] {
    exchange([[UInt8]](repeating: own, count: count))
  }

  /// The same for values.
  package func gathered<T: Codable>(_ own: T) -> [T] { gathered(Self.encode(own)).map { Self.decode(T.self, $0) } }

  /// What the first rank has to tell all others.
  ///
  /// - Parameter value: called by the first rank alone.
  package func fromFirst<T: Codable, E: Error>(_ value: () throws(E) -> T) throws(E) -> T {
    let nobody = [[UInt8]](repeating: [], count: count)
    guard isFirst else { return Self.decode(T.self, exchange(nobody)[0]) }
    let own = try value()
    guard count > 1 else { return own }
    return Self.decode(T.self, gathered(Self.encode(own))[0])
  }

  /// Gives all ranks the matrix that the first one has.
  package func copyFromFirst<T>(_ matrix: inout RowMajor<T>) {
    matrix.shareRows(isFirst ? 0..<matrix.rows : 0..<0, over: self)
  }

  /// What some rank has by keys, in an order that is the same on all of them.
  package func union<Key: Hashable & Codable, Value: Codable>(_ own: [(Key, Value)]) -> [(key: Key, value: Value)] {
    let texts = own.map { (String(decoding: Self.encode($0.0), as: UTF8.self), $0.1) }
    let all = gathered(Dictionary(uniqueKeysWithValues: texts)).reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    return all.sorted { $0.key < $1.key }.map { (Self.decode(Key.self, Array($0.key.utf8)), $0.value) }
  }

  /// The tasks of some that are this rank's: neighbours, about as many for each.
  package func share(of tasks: Int) -> Range<Int> { share(of: tasks, rank: index) }

  package func share(of tasks: Int, rank: Int) -> Range<Int> {
    // Rounded up, so that the first rank has one wherever there is one.
    func first(_ rank: Int) -> Int { (tasks * rank + count - 1) / count }
    return first(rank)..<first(rank + 1)
  }

  private static func encode(_ value: some Codable) -> [UInt8] {
    let encoder = JSONEncoder()
    // Equal keys are to be equal texts on all ranks.
    encoder.outputFormatting = .sortedKeys
    // Numbers at the top are no JSON documents of old; a list is one.
    guard let data = try? encoder.encode([value]) else {
      preconditionFailure("ranks tell each other plain values")
    }
    return Array(data)
  }

  private static func decode<T: Codable>(_ type: T.Type, _ bytes: [UInt8]) -> T {
    guard let values = try? JSONDecoder().decode([T].self, from: Data(bytes)), let value = values.first else {
      preconditionFailure("ranks of one program tell each other values of one form")
    }
    return value
  }
}
