/// What Linux's control groups leave to this process.
package enum ControlGroups {
  /// The least memory that the group of this process, or one that it lies in, may take, in bytes; nil where none says.
  ///
  /// `/proc/self/cgroup` has a line for each hierarchy, `id:controllers:path`: without controllers that of version 2, with `memory`
  /// that of version 1. A limit of a group holds for all that lie in it, so each is asked, up to the root; in a container
  /// the path may be that of the host, and the container's own limit stands at the root.
  ///
  /// - Parameter read: the content of a file, or nil where it cannot be read.
  package static func memoryLimit(reading read: (_ path: String) -> String?) -> Int? {
    var limits: [Int] = []
    for line in (read("/proc/self/cgroup") ?? "0::/").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[1].isEmpty {
        limits += self.limits(root: "/sys/fs/cgroup", parts[2], file: "memory.max", read)
      } else if parts[1].split(separator: ",").contains("memory") {
        limits += self.limits(root: "/sys/fs/cgroup/memory", parts[2], file: "memory.limit_in_bytes", read)
      }
    }
    return limits.min()
  }

  private static func limits(
    root: String, _ path: Substring, file: String, _ read: (String) -> String?
  ) -> [Int] {
    // A path that leads out of what this process sees starts with `/..`.
    var names = path.split(separator: "/").filter { $0 != ".." }
    var limits: [Int] = []
    while true {
      let place = ([root] + names.map(String.init) + [file]).joined(separator: "/")
      // Where there is no limit, the file says `max`.
      if let limit = read(place).flatMap({ Int($0.filter { !$0.isWhitespace }) }), limit > 0 { limits.append(limit) }
      if names.isEmpty { return limits }
      names.removeLast()
    }
  }
}
