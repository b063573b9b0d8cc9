/// `variants`: more products of one file, each an overlay on the rest of it.
struct Variants {
  struct Variant {
    let name: String
    /// The file with the overlay merged in.
    let node: SpecNode
  }

  /// What all variants have in common: they are changes to one pipeline. Each is a run of its own nevertheless; products that
  /// are to share the load and the original's passes stand in one `emit`.
  static let shared = ["planish", "model", "calibrate"]

  /// The key under which they stand.
  static let key = "variants"

  /// The file without its variants.
  let base: SpecNode
  private(set) var variants: [Variant] = []
  private(set) var diagnostics: [Diagnostic] = []

  /// Takes the variants out of a file.
  ///
  /// - Parameter fileName: the name of a pipeline that gives none.
  init(of root: SpecNode, fileName: String) {
    base = root.removing("variants")
    guard let entry = root["variants"], !entry.value.isNothing else { return }
    guard case .mapping(let overlays) = entry.value.content else {
      report(entry.value.position, "found \(entry.value.words), expected a mapping from names to changes")
      return
    }
    for overlay in overlays {
      guard case .mapping = overlay.value.content else {
        report(overlay.value.position, "found \(overlay.value.words), expected a mapping of changes")
        continue
      }
      check(overlay)
      let node = base.merged(with: overlay.value.removing("variants"))
      let named = Self.distinguish(node, from: base, by: overlay, fileName: fileName)
      variants.append(Variant(name: overlay.key, node: named))
    }
  }

  private mutating func report(_ position: SourcePosition, _ message: String) {
    diagnostics.append(Diagnostic(position, message))
  }

  private mutating func check(_ overlay: SpecNode.Entry) {
    let name = Wording.quote(overlay.key)
    let isPlain = overlay.key.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_.".utf8.contains(byte)
    }
    if !isPlain || overlay.key.isEmpty || overlay.key.first == "." {
      report(
        overlay.keyPosition,
        "found the variant name \(name), expected letters, digits, '-', '_' and '.': it names a folder")
    }
    if let inner = overlay.value["variants"] {
      report(inner.keyPosition, "found variants inside the variant \(name), expected them at the top level only")
    }
    for key in Self.shared {
      guard let entry = overlay.value[key] else { continue }
      report(
        entry.keyPosition,
        "found '\(key)' in the variant \(name), expected it at the top level only: variants share it")
    }
    if overlay.value["emit"] == nil {
      report(
        overlay.keyPosition,
        "found the variant \(name) without emit, expected its own: two products cannot share a path")
    }
  }

  /// Gives a variant that does not say so itself a name and a report folder of its own: those of the file, and after
  /// them the variant's name.
  private static func distinguish(
    _ node: SpecNode, from base: SpecNode, by overlay: SpecNode.Entry, fileName: String
  ) -> SpecNode {
    var changes: [SpecNode.Entry] = []
    for (key, separator, fallback) in [("name", "-", fileName), ("report", "/", nil)] {
      guard overlay.value[key] == nil, let text = base[key].map(\.value.text) ?? fallback else { continue }
      let position = base[key]?.value.position ?? overlay.keyPosition
      let value = SpecNode(.quoted(text + separator + overlay.key), at: position)
      changes.append(.init(key: key, keyPosition: base[key]?.keyPosition ?? overlay.keyPosition, value: value))
    }
    return node.merged(with: SpecNode(.mapping(changes), at: node.position))
  }
}
