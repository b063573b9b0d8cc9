import Foundation
import Testing

/// Contrast of the style sheet's colours, as WCAG 2.2 defines it: 4.5 for text, 3 for marks of pictures.
@Suite struct StyleTests {
  enum Scheme: String, CaseIterable {
    case light
    case dark
  }

  private struct Colors {
    let values: [String: String]

    init(_ scheme: Scheme) throws {
      let path =
        URL(filePath: #filePath).deletingLastPathComponent().path + "/../../Sources/Reports/Templates/style.css"
      let sheet = try String(contentsOfFile: path, encoding: .utf8)
      let parts = sheet.components(separatedBy: "@media screen and (prefers-color-scheme: dark)")
      try #require(parts.count == 3)
      var values = Self.read(parts[0])
      if scheme == .dark { values.merge(Self.read(parts[1].components(separatedBy: "\n}\n")[0])) { $1 } }
      self.values = values
    }

    private static func read(_ text: String) -> [String: String] {
      Dictionary(
        text.matches(of: #/--([\w-]+): (#[0-9a-f]{6})/#).map { (String($0.output.1), String($0.output.2)) },
        uniquingKeysWith: { $1 })
    }

    func contrast(_ first: String, _ second: String) throws -> Double {
      let light = [try luminance(first), try luminance(second)].sorted()
      return (light[1] + 0.05) / (light[0] + 0.05)
    }

    private func luminance(_ name: String) throws -> Double {
      let color = try #require(values[name], "no color \(name)")
      let number = try #require(Int(color.dropFirst(), radix: 16))
      let parts = [16, 8, 0].map { shift -> Double in
        let part = Double(number >> shift & 0xFF) / 255
        return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
  }

  /// Which letters stand on which ground.
  private static let texts =
    ["ink", "soft", "accent", "holds", "fails", "plain"].map { ($0, "paper") }
    + [
      ("ink", "holds-paper"), ("ink", "fails-paper"), ("ink", "plain-paper"), ("holds", "holds-paper"),
      ("fails", "fails-paper"), ("plain", "plain-paper"), ("paper", "fails"),
    ]

  @Test(arguments: Scheme.allCases)
  func textHasTheContrastOfAA(_ scheme: Scheme) throws {
    let colors = try Colors(scheme)
    for (text, ground) in Self.texts {
      let contrast = try colors.contrast(text, ground)
      #expect(contrast >= 4.5, "\(scheme.rawValue): \(text) on \(ground) has \(contrast)")
    }
  }

  /// The letters in cells are dark or light as the rules `on` and `over` say for each shade.
  @Test(arguments: Scheme.allCases)
  func cellsHaveTheContrastOfAA(_ scheme: Scheme) throws {
    let colors = try Colors(scheme)
    // In light, dark letters stand on the first shades; in dark, light ones do.
    let first = scheme == .light ? "dark-ink" : "light-ink"
    let last = scheme == .light ? "light-ink" : "dark-ink"
    let turns = scheme == .light ? (heat: 5, type: 4) : (heat: 4, type: 4)
    for (kind, count, turn) in [("heat", 7, turns.heat), ("type", 6, turns.type)] {
      for shade in 0..<count {
        let contrast = try colors.contrast(shade < turn ? first : last, "\(kind)\(shade)")
        #expect(contrast >= 4.5, "\(scheme.rawValue): a cell of \(kind)\(shade) has \(contrast)")
      }
    }
  }

  @Test(arguments: Scheme.allCases)
  func linesAndPointsHaveTheContrastOfMarks(_ scheme: Scheme) throws {
    let colors = try Colors(scheme)
    for mark in (0..<6).map({ "series\($0)" }) + ["fails", "ink", "soft", "accent"] {
      #expect(try colors.contrast(mark, "paper") >= 3, "\(scheme.rawValue): \(mark)")
    }
  }
}
