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

  /// The processor time that the group of this process, or one that it lies in, may take, in cores; nil where none says.
  ///
  /// - Parameter read: the content of a file, or nil where it cannot be read.
  package static func processorQuota(reading read: (_ path: String) -> String?) -> Double? {
    var quotas: [Double] = []
    for line in (read("/proc/self/cgroup") ?? "0::/").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[1].isEmpty {
        // `cpu.max` holds a quota, or `max`, and its period, in microseconds.
        quotas += values(root: "/sys/fs/cgroup", parts[2], file: "cpu.max", read).compactMap { text in
          let numbers = text.split(separator: " ").map { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
          guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], period > 0 else { return nil }
          return quota / period
        }
      } else if parts[1].split(separator: ",").contains("cpu") {
        let root = "/sys/fs/cgroup/cpu"
        let files = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map { file in
          values(root: root, parts[2], file: file, read).map {
            Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
          }
        }
        for case (let quota?, let period?) in zip(files[0], files[1]) where quota > 0 && period > 0 {
          quotas.append(quota / period)
        }
      }
    }
    return quotas.min()
  }

  private static func limits(
    root: String, _ path: Substring, file: String, _ read: (String) -> String?
  ) -> [Int] {
    // Where there is no limit, the file says `max`.
    values(root: root, path, file: file, read).compactMap { Int($0.filter { !$0.isWhitespace }) }.filter { $0 > 0 }
  }

  /// What the file of a group and of those that it lies in says, from the innermost on.
  private static func values(root: String, _ path: Substring, file: String, _ read: (String) -> String?) -> [String] {
    // A path that leads out of what this process sees starts with `/..`.
    var names = path.split(separator: "/").filter { $0 != ".." }
    var values: [String] = []
    while true {
      let place = ([root] + names.map(String.init) + [file]).joined(separator: "/")
      if let value = read(place) { values.append(value) }
      if names.isEmpty { return values }
      names.removeLast()
    }
  }
}
