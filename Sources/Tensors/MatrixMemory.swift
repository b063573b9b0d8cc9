import CMalloc
import Foundation

/// Where the elements of matrices live.
///
/// Large blocks are mapped from the kernel one by one and go back to it as soon as their matrix ends, so that the memory of a
/// process follows what is in use: a heap keeps what was freed below its top. They ask for huge pages, which make the first
/// touch of a page rare. Small blocks come from the heap, where the same sizes are reused.
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
    let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for \(byteCount) bytes") }
    #if os(Linux)
      madvise(memory, byteCount, MADV_HUGEPAGE)
    #endif
    return memory  // The kernel gives zeros.
  }

  /// Gives a block back.
  @usableFromInline
  static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
    if byteCount >= mappedFrom { munmap(memory, byteCount) } else { memory.deallocate() }
  }
}

/// How a program that works on matrices wants its heap.
package enum Heap {
  /// Keeps what is freed for the next batch of the same sizes, instead of giving it back to the kernel and taking it again, page
  /// by page, a hundred times a second. To be called once, before other threads start.
  package static func keepsFreedMemory() {
    #if os(Linux)
      mallopt(M_MMAP_THRESHOLD, Int32(MatrixMemory.mappedFrom))
      mallopt(M_TRIM_THRESHOLD, 128 << 20)
    #endif
  }
}
