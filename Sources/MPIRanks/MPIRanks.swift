import CMPI
import Tensors

/// The processes that `mpirun` started. MPI's own rule is that an error in it ends all of them.
package struct MPIRanks: Ranks {
  package let index: Int
  package let count: Int
  /// The machine that this rank is on.
  package let host: String

  /// Joins the others. Called once in a process.
  package init() {
    var (rank, ranks): (Int32, Int32) = (0, 1)
    planish_mpi_begin(&rank, &ranks)
    index = Int(rank)
    count = Int(ranks)
    var name = [CChar](repeating: 0, count: Int(planish_mpi_host_size()))
    planish_mpi_host(&name)
    host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Waits until all ranks have come to their end.
  package func leave() { planish_mpi_end() }

  /// Ends all ranks, wherever they are.
  package func abort(status: Int32) { planish_mpi_abort(status) }

  package func exchange(_ outgoing: [[UInt8]]) -> [[UInt8]] {
    precondition(outgoing.count == count, "something for every rank")
    var outgoingSizes = outgoing.map { Int64($0.count) }
    // What stays here is not sent.
    outgoingSizes[index] = 0
    var incomingSizes = [Int64](repeating: 0, count: count)
    planish_mpi_sizes(outgoingSizes, &incomingSizes)
    let source = outgoing.enumerated().flatMap { $0.offset == index ? [] : $0.element }
    let total = incomingSizes.reduce(0, +)
    let target = [UInt8](unsafeUninitializedCapacity: Int(total)) { buffer, initialized in
      planish_mpi_exchange(source, outgoingSizes, buffer.baseAddress, incomingSizes, Int32(count))
      initialized = Int(total)
    }
    var first = 0
    return (0..<count).map { rank in
      guard rank != index else { return outgoing[index] }
      defer { first += Int(incomingSizes[rank]) }
      return Array(target[first..<first + Int(incomingSizes[rank])])
    }
  }

  package func send(_ bytes: [UInt8], to rank: Int) { planish_mpi_send(bytes, Int64(bytes.count), Int32(rank)) }

  package func receive(from rank: Int) -> [UInt8] {
    let size = planish_mpi_receive_size(Int32(rank))
    return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, initialized in
      planish_mpi_receive(buffer.baseAddress, size, Int32(rank))
      initialized = Int(size)
    }
  }
}
