import CMalloc
import Foundation

/// What one input may cost, and what it did cost.
package enum FuzzMeter {
  /// Seconds of this thread.
  package static let mostSeconds = 1.0

  /// Bytes beyond what the process held before.
  package static func mostBytes(input: Int) -> Int { 64 << 20 + 8 * input }

  /// Makes the heap give back what is freed, so that memory of one input is not hidden in what another one left.
  package static func setUp() {
    #if os(Linux)
      // M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc.
      _ = mallopt(-3, 256 << 10)
      _ = mallopt(-1, 1 << 20)
    #endif
  }

  /// Forgets the high-water mark of this process's memory (proc(5), clear_refs).
  static func resetPeak() {
    let descriptor = open("/proc/self/clear_refs", O_WRONLY)
    guard descriptor >= 0 else { return }
    _ = "5".withCString { write(descriptor, $0, 1) }
    close(descriptor)
  }

  /// What the process holds now, and the most that it held since the mark was reset, in bytes.
  static func memory() -> (now: Int, peak: Int) {
    let descriptor = open("/proc/self/status", O_RDONLY)
    guard descriptor >= 0 else { return (0, 0) }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    func field(_ name: StaticString) -> Int {
      let wanted = name.withUTF8Buffer { Array($0) }
      var index = 0
      while index + wanted.count < count {
        guard buffer[index] == wanted[0], buffer[index..<index + wanted.count].elementsEqual(wanted) else {
          index += 1
          continue
        }
        var value = 0
        index += wanted.count
        while index < count, buffer[index] != 0x0A {
          if (0x30...0x39).contains(buffer[index]) { value = value * 10 + Int(buffer[index] - 0x30) }
          index += 1
        }
        return value << 10
      }
      return 0
    }
    return (field("VmRSS:"), field("VmHWM:"))
  }
}
