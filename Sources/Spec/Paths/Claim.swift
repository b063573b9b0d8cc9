import Checkpoints

/// A path that a pipeline or a command reads or writes, remembered even when other parts of the file are wrong.
struct Claim {
  enum Role {
    /// A file or folder that is read.
    case input
    /// The record of an earlier run, which is read whole before anything is published: the manifest of this run may take its place.
    case baseline
    /// A file or folder that is written as a whole.
    case product
    /// A folder in which records are written.
    case report
    /// A file that tells of a run.
    case record
    /// The one that tells what was published.
    case manifest

    /// Whether something is read there.
    var isRead: Bool { self == .input || self == .baseline }
    /// Whether it goes where the report or the product says.
    var isRecord: Bool { self == .record || self == .manifest }
  }

  let role: Role
  let location: FileLocation
  let position: SourcePosition
  /// What is made there; nil where that is not known, and then nobody looks whether it can be.
  let made: MadeKind?

  init(_ role: Role, _ location: FileLocation, at position: SourcePosition, made: MadeKind? = nil) {
    self.role = role
    self.location = location
    self.position = position
    self.made = made
  }
}

/// What a writer makes.
package enum MadeKind: Sendable {
  case file
  case folder
}

/// What a command writes beside the products that the pipeline file names.
package struct CommandOutputs: Sendable {
  /// Whether the pipelines themselves are to be run, and which variants of the file; nil for a command that makes no product.
  package struct Running: Sendable {
    /// Empty for the file's own pipeline and all variants.
    package let variants: [String]
    /// Files in the report's folder of each pipeline.
    package let reportFiles: [String]
    /// Files in the report's folder of the file itself, where several pipelines run.
    package let overviewFiles: [String]
    /// The folder in which refused products are kept.
    package let rejected: String?

    package init(
      variants: [String] = [], reportFiles: [String] = [], overviewFiles: [String] = [], rejected: String? = nil
    ) {
      self.variants = variants
      self.reportFiles = reportFiles
      self.overviewFiles = overviewFiles
      self.rejected = rejected
    }
  }

  package let running: Running?
  /// Files named by options of the command line, such as `--output`.
  package let files: [(option: String, path: String)]

  package init(running: Running? = nil, files: [(option: String, path: String)] = []) {
    self.running = running
    self.files = files
  }
}
