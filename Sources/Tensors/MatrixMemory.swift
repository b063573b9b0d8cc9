import CMalloc
import Foundation
import Synchronization

/// Where the elements of matrices live.
///
/// Large blocks are mapped from the kernel one by one, with huge pages, and kept for the next matrix of their size when their
/// matrix ends: the first touch of a page costs more than filling it (`BlockReserve`). A heap would keep what was freed below
/// its top whatever its size. Small blocks come from the heap, where the same sizes are reused.
@usableFromInline
package enum MatrixMemory {
  /// Bytes from which a block is mapped. Well below what a heap would keep for long, and well above what is allocated so
  /// often that the kernel's work would show.
  @usableFromInline static let mappedFrom = 8 << 20

  /// Takes a block.
  ///
  /// - Parameter zeroed: whether all bytes are to be zero; otherwise they are anything.
  @usableFromInline
  static func allocate(byteCount: Int, zeroed: Bool) -> UnsafeMutableRawPointer {
    guard byteCount >= mappedFrom else {
      // Not more than malloc's own alignment: glibc cannot give memory that was freed to a second aligned request of the
      // same size, and the heap of a run would grow to several times what is in use.
      let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, byteCount), alignment: 16)
      if zeroed { memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
      return memory
    }
    if let block = reserve.withLock({ $0.take(byteCount) }) {
      if zeroed { memset(block.address, 0, byteCount) }
      return block.address
    }
    let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for \(byteCount) bytes") }
    #if os(Linux)
      madvise(memory, byteCount, MADV_HUGEPAGE)
    #endif
    return memory  // The kernel gives zeros.
  }

  private static let reserve = Mutex(BlockReserve())

  /// Gives a block back.
  @usableFromInline
  static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
    guard byteCount >= mappedFrom else { return memory.deallocate() }
    let block = MappedBlock(address: memory, byteCount: byteCount)
    reserve.withLock { $0.give(block) }
  }
}

/// A mapping of the process, owned by a matrix or by the reserve.
private struct MappedBlock: @unchecked Sendable {
  let address: UnsafeMutableRawPointer
  let byteCount: Int
}

/// Blocks without a matrix. With those in use they never take more than was in use before at one time, so that the reserve does
/// not add to the most that a process takes.
private struct BlockReserve {
  /// Those given back longest ago first.
  private var blocks: [MappedBlock] = []
  private var kept = 0
  private var used = 0
  private var mostUsed = 0

  /// A block of just that size, or nil where one is to be mapped: it is counted as in use.
  mutating func take(_ byteCount: Int) -> MappedBlock? {
    used += byteCount
    if let index = blocks.lastIndex(where: { $0.byteCount == byteCount }) {
      kept -= byteCount
      return blocks.remove(at: index)
    }
    mostUsed = max(mostUsed, used)
    while used + kept > mostUsed {
      let oldest = blocks.removeFirst()
      kept -= oldest.byteCount
      munmap(oldest.address, oldest.byteCount)
    }
    return nil
  }

  mutating func give(_ block: MappedBlock) {
    used -= block.byteCount
    kept += block.byteCount
    blocks.append(block)
  }
}

/// How a program that works on matrices wants its heap.
package enum Heap {
  /// Keeps what is freed for the next batch of the same sizes, instead of giving it back to the kernel and taking it again, page
  /// by page, a hundred times a second. To be called once, before other threads start.
  package static func keepsFreedMemory() {
    #if os(Linux)
      mallopt(M_MMAP_THRESHOLD, Int32(MatrixMemory.mappedFrom))
      mallopt(M_TRIM_THRESHOLD, 512 << 20)
    #endif
  }
}
