import Pipeline
import Products

enum Version {
  static var text: String { "planish \(Planish.version)" }
}
