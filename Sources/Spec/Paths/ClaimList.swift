import Foundation

/// Everything that a command reads and writes: what the pipeline file names, and what follows from it.
struct ClaimList {
  /// By pipeline, the file's own first; the command's own at the end.
  let all: [[Claim]]

  /// - Parameters:
  ///   - files: the pipeline file and those that it extends.
  ///   - pipelines: what each pipeline of the file names itself; the first is the file's own.
  init(of files: [String], _ pipelines: [(variant: String?, claims: [Claim])], _ outputs: CommandOutputs) {
    var all: [[Claim]] = []
    var run: [Claim] = []
    for (variant, claims) in pipelines {
      let runs = outputs.running.map { $0.variants.isEmpty || $0.variants.contains { $0 == variant } } ?? false
      let own = runs ? claims : claims.map { Claim($0.role, $0.location, at: $0.position) }
      all.append(own + (runs ? Self.records(of: own, outputs.running?.reportFiles ?? []) : []))
      if runs { run += own.filter { $0.role == .product } }
    }
    var command = files.map { Claim(.input, FileLocation(written: $0, absolute: $0), at: .file($0)) }
    if let running = outputs.running {
      let several = running.variants.isEmpty ? pipelines.count > 1 : running.variants.count > 1
      if several, let report = pipelines.first?.claims.first(where: { $0.role == .report }) {
        command += running.overviewFiles.map { Self.record("\(report.location.absolute)/\($0)", report) }
      }
      command += Self.rejected(run, in: running.rejected)
    }
    for (option, path) in outputs.files {
      command.append(
        Claim(.product, FileLocation(written: path, absolute: path), at: .option(option), made: .file))
    }
    self.all = all + [command]
  }

  /// Inputs that are not there, each once.
  var missing: [Diagnostic] {
    all.joined().filter { $0.role == .input && !FileManager.default.fileExists(atPath: $0.location.absolute) }
      .compactMap { claim in
        if case .file = claim.position { return nil }
        return Diagnostic(
          claim.position,
          "found the path \(Wording.quote(claim.location.written)), where nothing is (\(claim.location.absolute)); expected a "
            + "file or folder that can be read")
      }
  }

  /// The records of a pipeline: in the folder of its report, or else beside its products.
  private static func records(of claims: [Claim], _ reportFiles: [String]) -> [Claim] {
    guard let report = claims.first(where: { $0.role == .report }) else {
      return claims.filter { $0.role == .product }.map {
        record(RecordNames.manifest(beside: $0.location.absolute), $0, .manifest)
      }
    }
    return (RecordNames.all + [RecordNames.types(ofProduct: 1)] + reportFiles).map {
      record("\(report.location.absolute)/\($0)", report, $0 == RecordNames.manifest ? .manifest : .record)
    }
  }

  private static func record(_ path: String, _ owner: Claim, _ role: Claim.Role = .record) -> Claim {
    Claim(role, FileLocation(written: path, absolute: path), at: owner.position, made: .file)
  }

  /// Products that a gate refuses, and the records beside them.
  private static func rejected(_ products: [Claim], in folder: String?) -> [Claim] {
    guard let folder else { return [] }
    let rejected = RejectedFolder(folder, products: products.map(\.location.absolute))
    return products.flatMap { product in
      let path = rejected.path(for: product.location.absolute)
      let kept = Claim(
        .product, FileLocation(written: path, absolute: path), at: .option("--keep-rejected"), made: product.made)
      return [kept, record(RecordNames.record(besideRejected: path), kept)]
    }
  }
}

/// Checks the paths of commands without a pipeline file.
package enum CommandPaths {
  /// Every output that would be written over an input or another output, or cannot be written.
  ///
  /// - Parameters: each path with the option that names it.
  package static func mistakes(
    inputs: [(option: String, path: String)], outputs: [(option: String, path: String)]
  ) -> [Diagnostic] {
    func claim(_ role: Claim.Role, _ named: (option: String, path: String)) -> Claim {
      Claim(role, FileLocation(written: named.path, absolute: named.path), at: .option(named.option), made: .file)
    }
    var check = PathCheck()
    check.check([inputs.map { claim(.input, $0) } + outputs.map { claim(.product, $0) }])
    return check.diagnostics
  }
}
