import Pipeline

enum Version {
  static var text: String { "planish \(Planish.version)" }
}
