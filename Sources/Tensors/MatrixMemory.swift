import CMalloc
import Foundation
import Synchronization

/// Where the elements of matrices live.
///
/// Large blocks are mapped from the kernel, with huge pages, and kept for later matrices when their matrix ends: the first touch
/// of a page costs more than filling it (`BlockReserve`). A heap would keep what was freed below its top whatever its size.
/// Small blocks come from the heap, where the same sizes are reused.
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
    let byteCount = wholePages(byteCount)
    if let address = reserve.withLock({ $0.take(byteCount) }), let memory = UnsafeMutableRawPointer(bitPattern: address)
    {
      if zeroed { memset(memory, 0, byteCount) }
      return memory
    }
    let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for \(byteCount) bytes") }
    #if os(Linux)
      madvise(memory, byteCount, MADV_HUGEPAGE)
    #endif
    return memory  // The kernel gives zeros.
  }

  /// Blocks are cut at multiples of this, which is a multiple of every usual page size.
  private static let granule = 64 << 10

  private static func wholePages(_ byteCount: Int) -> Int { (byteCount + granule - 1) / granule * granule }

  private static let reserve = Mutex(BlockReserve())

  /// Gives a block back.
  @usableFromInline
  static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
    guard byteCount >= mappedFrom else { return memory.deallocate() }
    let block = FreeBlock(address: UInt(bitPattern: memory), byteCount: wholePages(byteCount))
    reserve.withLock { $0.give(block) }
  }
}

/// Mapped memory without a matrix.
private struct FreeBlock {
  var address: UInt
  var byteCount: Int

  var end: UInt { address + UInt(byteCount) }
}

/// Memory without a matrix. With what is in use it never takes more than was in use before at one time, so that the reserve does
/// not add to the most that a process takes.
///
/// A matrix gets the start of the smallest block that it fits into, and neighbours become one block again when they end: the
/// matrices of one step of a run differ in size from those of the next, and come again with the next layer.
private struct BlockReserve {
  /// In the order of their addresses, no two of them adjacent.
  private var blocks: [FreeBlock] = []
  private var kept = 0
  private var used = 0
  private var mostUsed = 0

  /// The address of so many bytes, or nil where they are to be mapped: they are counted as in use.
  mutating func take(_ byteCount: Int) -> UInt? {
    used += byteCount
    let fitting = blocks.indices.filter { blocks[$0].byteCount >= byteCount }
    if let index = fitting.min(by: { blocks[$0].byteCount < blocks[$1].byteCount }) {
      let address = blocks[index].address
      blocks[index].address += UInt(byteCount)
      blocks[index].byteCount -= byteCount
      if blocks[index].byteCount == 0 { blocks.remove(at: index) }
      kept -= byteCount
      return address
    }
    mostUsed = max(mostUsed, used)
    release(used + kept - mostUsed)
    return nil
  }

  mutating func give(_ block: FreeBlock) {
    used -= block.byteCount
    kept += block.byteCount
    var block = block
    var place = blocks.firstIndex { $0.address > block.address } ?? blocks.count
    if place < blocks.count, block.end == blocks[place].address {
      block.byteCount += blocks.remove(at: place).byteCount
    }
    if place > 0, blocks[place - 1].end == block.address {
      place -= 1
      block = FreeBlock(address: blocks[place].address, byteCount: blocks[place].byteCount + block.byteCount)
      blocks.remove(at: place)
    }
    blocks.insert(block, at: place)
  }

  /// Gives so many bytes back to the kernel, of the smallest blocks first: large ones are worth most.
  private mutating func release(_ byteCount: Int) {
    var rest = byteCount
    while rest > 0, let index = blocks.indices.min(by: { blocks[$0].byteCount < blocks[$1].byteCount }) {
      let size = min(rest, blocks[index].byteCount)
      blocks[index].byteCount -= size
      munmap(UnsafeMutableRawPointer(bitPattern: blocks[index].end), size)
      if blocks[index].byteCount == 0 { blocks.remove(at: index) }
      kept -= size
      rest -= size
    }
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
