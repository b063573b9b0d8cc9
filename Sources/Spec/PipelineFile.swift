import Foundation

/// A pipeline file and all that it asks for: its own products and those of its variants.
package struct PipelineFile<Kinds: VariantKinds>: Sendable {
  /// The path as given; diagnostics print it.
  package let path: String
  /// The text of the file, before any `--set`.
  package let text: String
  /// The file and those that it extends, the file first.
  package let sources: [SourceFile]
  package let base: PipelineSpec<Kinds>
  /// In the order of the file.
  package let variants: [PipelineSpec<Kinds>]

  /// The file's own pipeline and after it those of its variants.
  package var all: [PipelineSpec<Kinds>] { [base] + variants }
}

extension PipelineFile {
  /// Reads a pipeline file.
  ///
  /// - Parameters:
  ///   - path: the file; relative paths in it, and in files that it extends, are relative to the folder of the file that
  ///     names them.
  ///   - text: what stands in it, where it is not on the disk.
  ///   - settings: edits of the form `key.path=value`, applied in order to what the file and those that it extends come
  ///     to; relative paths in them are relative to the current folder.
  ///   - registries: the variants that the file may name.
  ///   - outputs: what the command writes beside what the file names.
  /// - Throws: every mistake in the file and the settings, in reading order.
  package static func load(
    path: String, text: String? = nil, settings: [String] = [], registries: Registries<Kinds>,
    outputs: CommandOutputs = CommandOutputs()
  ) throws(SpecErrors) -> PipelineFile {
    var files = SpecFiles(pipeline: path)
    var root = files.read(path, text: text)
    var diagnostics = files.diagnostics
    for argument in settings {
      do throws(SpecErrors) {
        let setting = try Setting(argument)
        if var edited = root {
          try setting.apply(to: &edited)
          root = edited
        }
      } catch {
        diagnostics += error.diagnostics
      }
    }
    guard let written = root else { throw SpecErrors(diagnostics) }
    var spelling = Spelling()
    let spelled = spelling.normalized(written)

    let fileName = URL(filePath: path).deletingPathExtension().lastPathComponent
    let variants = Variants(of: spelled, fileName: fileName)
    diagnostics += variants.diagnostics
    var logs: [(variant: String?, log: ReadingLog)] = []
    func decode(_ node: SpecNode, as variant: String?) -> PipelineSpec<Kinds>? {
      let log = ReadingLog(folders: files.folders)
      logs.append((variant, log))
      return PipelineSpec(
        reading: node, of: files.sources, variant: variant, fileName: fileName, log: log, registries)
    }
    let base = decode(variants.base, as: nil)
    let decoded = variants.variants.compactMap { decode($0.node, as: $0.name) }
    diagnostics += logs.flatMap(\.log.diagnostics)
    let claims = ClaimList(of: files.sources.map(\.path), logs.map { ($0.variant, $0.log.claims) }, outputs)
    var check = PathCheck()
    check.check(claims.all)
    diagnostics += check.diagnostics
    // A single one is left to the plan, which knows more of it.
    let later = spelling.types.compactMap(registries.objection) + (outputs.running == nil ? [] : claims.missing)
    if !diagnostics.isEmpty || later.count > 1 { diagnostics += later }
    guard let base, diagnostics.isEmpty else { throw SpecErrors(diagnostics) }
    return PipelineFile(path: path, text: files.text, sources: files.sources, base: base, variants: decoded)
  }
}
