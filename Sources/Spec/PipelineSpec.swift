/// A pipeline, decoded: what to read, what to do and what to write, with a position for everything.
///
/// It is free of mistakes that the file alone can show. What only the model can show, the plan reports with
/// `diagnostic(at:_:)`.
package struct PipelineSpec<Kinds: VariantKinds>: Sendable {
  /// Version of the language.
  package let version: Int
  package let name: String
  /// The variant that this is, or nil for the file's own product.
  package let variant: String?
  package let model: ModelSpec
  /// Nil for a file that calibrates nothing.
  package let calibration: CalibrationSpec?
  /// An importance matrix that takes the place of calibration.
  package let importanceMatrix: FileLocation?
  /// Outlier handling, in the order in which it is applied.
  package let transforms: [Choice<Kinds.Transform>]
  package let quantize: QuantizeSpec<Kinds>
  /// One or more.
  package let products: [ProductSpec<Kinds>]
  package let validation: ValidationSpec?
  /// The folder for reports, if any are asked for.
  package let report: FileLocation?
  /// Every option with its defaults, for the manifest. Paths stand as written.
  package let resolved: ResolvedValue
  /// The files that say all this: the pipeline file and those that it extends.
  package let sources: [SourceFile]

  private let positions: [String: SourcePosition]
  private let start: SourcePosition
}

extension PipelineSpec {
  /// Reads the top level of a file.
  ///
  /// - Returns: nil when something is wrong, which the log then tells.
  init?(
    reading root: SpecNode, of sources: [SourceFile], variant: String?, fileName: String, log: ReadingLog,
    _ registries: Registries<Kinds>
  ) {
    let reader = ValueReader(node: root, path: .root, log: log)
    let sections = reader.read(Self.sections(fileName: fileName, registries))
    guard let sections, log.diagnostics.isEmpty else { return nil }
    version = sections.version
    name = sections.name
    self.variant = variant
    model = sections.model
    calibration = sections.calibration?.text
    importanceMatrix = sections.calibration?.importanceMatrix
    transforms = sections.transforms
    quantize = sections.quantize
    products = sections.products
    validation = sections.validation
    report = sections.report
    resolved = log.resolved()
    self.sources = sources
    positions = log.positions
    start = root.position
  }

  private static func sections(fileName: String, _ registries: Registries<Kinds>) -> ValueKind<Sections> {
    .mapping { Sections(reading: &$0, fileName: fileName, registries) }
  }

  /// What the top level of a file takes but for its variants, as JSON Schema says it.
  static func schema(_ registries: Registries<Kinds>, _ context: SchemaContext) -> ResolvedValue {
    sections(fileName: "", registries).schema(context)
  }

  /// The keys of the top level.
  private struct Sections {
    let version: Int
    let name: String
    let model: ModelSpec
    let calibration: CalibrationSource?
    let transforms: [Choice<Kinds.Transform>]
    let quantize: QuantizeSpec<Kinds>
    let products: [ProductSpec<Kinds>]
    let validation: ValidationSpec?
    let report: FileLocation?

    init?(reading file: inout MappingReader, fileName: String, _ registries: Registries<Kinds>) {
      let version = file.required("planish", .version)
      name = file.value("name", .text, default: fileName)
      let model = file.required("model", .mapping { ModelSpec(reading: &$0) })
      calibration = file.optional("calibrate", .mapping { CalibrationSource(reading: &$0) })
      let isCalibrated = file.gives("calibrate")
      let solver = isCalibrated && calibration?.importanceMatrix == nil ? Defaults.solver : Defaults.uncalibratedSolver
      transforms = file.list("transform", of: .choice(from: registries.transforms))
      let quantize = file.required(
        "quantize",
        .mapping { QuantizeSpec<Kinds>(reading: &$0, defaultSolver: solver, registries.solvers) })
      let products = file.required("emit", .list(of: ProductSpec<Kinds>.kind(registries.writers, registries.solvers)))
      let isTransformed = !transforms.isEmpty
      validation = file.optional(
        "validate",
        .mapping { ValidationSpec(reading: &$0, isCalibrated: isCalibrated, isTransformed: isTransformed) })
      report = file.optional("report", .report)
      guard let version, let model, let quantize, let products else { return nil }
      self.version = version
      self.model = model
      self.quantize = quantize
      self.products = products
    }
  }

  /// Where a value stands, by its path: `quantize.overrides[1].tensors`. What was left out is placed at the nearest
  /// value around it that was written.
  package func position(of path: String) -> SourcePosition {
    var path = path[...]
    while !path.isEmpty {
      if let position = positions[String(path)] { return position }
      path = path[..<(path.lastIndex { $0 == "." || $0 == "[" } ?? path.startIndex)]
    }
    return start
  }

  /// Something wrong, or worth a warning, with the value at a path.
  package func diagnostic(
    at path: String, _ message: String, severity: Diagnostic.Severity = .error
  ) -> Diagnostic {
    Diagnostic(position(of: path), message, severity: severity)
  }
}

extension PipelineSpec: Equatable {
  /// Whether both say the same, wherever it was written.
  package static func == (left: PipelineSpec, right: PipelineSpec) -> Bool {
    left.variant == right.variant && left.resolved == right.resolved
  }
}

extension ValueKind where Value == Int {
  /// The version of the language.
  fileprivate static var version: ValueKind {
    let number = ValueKind.integer()
    return ValueKind(
      expected: "the version of the language, \(Defaults.version)",
      read: { reader in
        guard let version = number.read(reader) else { return nil }
        guard version == Defaults.version else {
          return reader.reject("found version \(version) of the language, expected \(Defaults.version)")
        }
        return version
      },
      echo: number.echo, schema: { _ in .object([("const", .integer(Defaults.version))]) })
  }
}
