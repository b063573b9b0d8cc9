import Foundation

/// Where the files are that come with the program: texts to calibrate on.
///
/// This is the one place that knows. In order: the folder that `PLANISH_SHARE` names; `share/planish` beside the `bin` that
/// holds the program, as packages install it; the checkout that the program was built in.
enum SharedData {
  /// A folder that holds `calibration`; nil where none is found.
  static func folder(
    environment: [String: String] = ProcessInfo.processInfo.environment, executable: String = executable
  ) -> String? {
    if let named = environment["PLANISH_SHARE"], !named.isEmpty { return named }
    let bin = URL(filePath: executable).deletingLastPathComponent()
    let installed = bin.deletingLastPathComponent().appending(path: "share/planish").path
    if holdsTexts(installed) { return installed }
    var folder = bin
    while folder.path != "/" {
      if holdsTexts(folder.path) { return folder.path }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  /// The program's own file, through all links.
  static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().path
  }

  private static func holdsTexts(_ folder: String) -> Bool {
    DefaultTexts.candidates(in: folder).contains { $0.isThere }
  }
}

/// The texts that a model is calibrated on and measured on where a command names none.
struct DefaultTexts: Equatable {
  let calibration: [String]
  let heldOut: String

  var isThere: Bool { (calibration + [heldOut]).allSatisfy { FileManager.default.fileExists(atPath: $0) } }

  /// The best ones first.
  static func candidates(in folder: String) -> [DefaultTexts] {
    let standard = "\(folder)/calibration/standard"
    return [
      DefaultTexts(calibration: ["\(standard)/calibration.jsonl"], heldOut: "\(standard)/heldout.jsonl"),
      DefaultTexts(
        calibration: ["\(folder)/calibration/general.txt"], heldOut: "\(folder)/calibration/heldout.txt"),
    ]
  }

  /// - Throws: where none are installed.
  static func installed() throws(Failure) -> DefaultTexts {
    let folder = SharedData.folder()
    if let texts = folder.flatMap({ candidates(in: $0).first { $0.isThere } }) { return texts }
    throw Failure(
      .failed,
      "\(folder ?? SharedData.executable): found no calibration texts with the program, expected them "
        + "in ../share/planish/calibration beside it; name texts with --calibrate and --heldout, or the folder that holds "
        + "`calibration` in PLANISH_SHARE")
  }
}
