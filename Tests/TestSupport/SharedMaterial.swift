import Foundation

/// Models, texts and vocabularies that lie beside the checkout and are no part of it. Tests that need them say so with
/// `.enabled(if: SharedMaterial.isPresent, "needs ../shared")` and are shown as skipped elsewhere.
package enum SharedMaterial {
  /// The root of this package.
  package static let packageRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// `PLANISH_SHARED`, or the folder `shared` beside the checkout.
  package static let folder =
    ProcessInfo.processInfo.environment["PLANISH_SHARED"].map { URL(filePath: $0) }
    ?? packageRoot.deletingLastPathComponent().appending(path: "shared")

  package static let isPresent = FileManager.default.fileExists(atPath: folder.appending(path: "models").path)

  /// The path of a file inside.
  package static func path(_ relative: String) -> String {
    folder.appending(path: relative).path
  }
}
