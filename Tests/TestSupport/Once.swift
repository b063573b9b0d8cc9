import Synchronization

/// What is made when it is first asked for, and once: a run that several tests read and none changes.
package final class Once<Value: Sendable>: Sendable {
  private let made = Mutex<Result<Value, any Error>?>(nil)
  private let make: @Sendable () throws -> Value

  package init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

  package func value() throws -> Value {
    try made.withLock { made in
      if let made { return made }
      let result = Result { try make() }
      made = result
      return result
    }.get()
  }
}
