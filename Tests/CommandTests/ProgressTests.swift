import Foundation
import TestSupport
import Testing

/// What a person sees while a run works.
@Suite struct ProgressTests {
  /// A terminal of 80 columns, and what was written on it.
  private final class Screen {
    let terminal: FileHandle
    private let reader: Int32
    private var bytes: [UInt8] = []

    init() throws {
      // Glibc does not show posix_openpt and its like to Swift.
      let (unlock, number) = (UInt(0x4004_5431), UInt(0x8004_5430))
      let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      try #require(main >= 0)
      var isLocked: Int32 = 0
      var index: Int32 = -1
      try #require(ioctl(main, unlock, &isLocked) == 0 && ioctl(main, number, &index) == 0)
      let other = open("/dev/pts/\(index)", O_RDWR | O_NOCTTY)
      var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
      try #require(other >= 0 && ioctl(main, UInt(TIOCSWINSZ), &size) == 0)
      terminal = FileHandle(fileDescriptor: other, closeOnDealloc: true)
      reader = main
    }

    deinit { close(reader) }

    /// Reads until nothing comes.
    func drain() {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      var poller = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
      while poll(&poller, 1, 0) > 0, poller.revents & Int16(POLLIN) != 0 {
        let count = read(reader, &buffer, buffer.count)
        guard count > 0 else { return }
        bytes += buffer.prefix(count)
      }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private func watched(_ terminal: String, locale: String) throws -> String {
    let project = try TinyProject()
    let screen = try Screen()
    let process = Process()
    process.executableURL = URL(filePath: Command.executable)
    process.arguments = ["run", project.file]
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": terminal, "LC_ALL": locale]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = screen.terminal
    try process.run()
    while process.isRunning {
      screen.drain()
      usleep(20_000)
    }
    screen.drain()
    #expect(process.terminationStatus == 0)
    return screen.text
  }

  @Test func isOneLineOnATerminal() throws {
    let seen = try watched("xterm", locale: "C.UTF-8")
    #expect(seen.contains("block 1 of 2, attn_q"), "\(seen)")
    #expect(seen.contains("█") || seen.contains("░"))
    #expect(!seen.contains("\n"), "nothing stays: \(seen)")
    #expect(seen.hasSuffix("\r\u{1B}[2K"), "it is taken away at the end")
    for line in seen.components(separatedBy: "\r\u{1B}[2K") { #expect(line.count < 80, "\(line)") }
  }

  @Test func keepsToLettersThatTheTerminalHas() throws {
    let seen = try watched("xterm", locale: "C")
    #expect(seen.utf8.allSatisfy { $0 < 128 } && seen.contains("..."), "\(seen)")
  }

  @Test(arguments: ["dumb", ""])
  func isPlainLinesWhereNothingCanBeDrawnAgain(_ terminal: String) throws {
    let seen = try watched(terminal, locale: "C.UTF-8")
    #expect(!seen.contains("\u{1B}") && !seen.contains("█"), "\(seen)")
    #expect(seen.contains("compile: 1 of 2, block 1"), "\(seen)")
    #expect(seen.contains("compile: 2 steps in "))
  }

  @Test func isPlainLinesInPipes() throws {
    let project = try TinyProject()
    let result = try Command("run", project.file).run()
    #expect(!result.errors.contains("\u{1B}") && result.errors.contains("compile: 1 of 2, block 1"), "\(result.errors)")
  }
}
