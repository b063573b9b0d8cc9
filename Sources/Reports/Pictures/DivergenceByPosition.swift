import Validation

/// Mean divergence against the number of tokens that the models had seen.
enum DivergenceByPosition {
  private static let height = 260.0
  private static let top = 28.0
  /// Corpora that get a line of their own.
  private static let mostLines = 6

  /// - Parameter place: that of the measurements.
  /// - Returns: nil where no position was measured.
  static func picture(_ measurements: Measurements, at place: String, id: String) -> Picture? {
    guard let text = measurements.text, let first = text.divergenceByPosition.first,
      let last = text.divergenceByPosition.last, last.to > first.from
    else { return nil }
    let corpora = measurements.corpora.count > 1 ? Array(measurements.corpora.prefix(mostLines)) : []
    let tops =
      text.divergenceByPosition.compactMap(\.meanDivergence.high)
      + ([text] + corpora).flatMap(\.divergenceByPosition).map(\.meanDivergence.value)
    let floor = height - Frame.bottom
    let frame = Frame(
      .linear(over: Double(first.from)...Double(last.to), Frame.left, Frame.right),
      .linear(fromZeroTo: tops, floor, top), height: height,
      across: "tokens seen before the prediction", up: "mean KL divergence, nats")
    var paths: [Picture.Path] = []
    if let band = band(text.divergenceByPosition, frame) { paths.append(band) }
    for (index, corpus) in corpora.enumerated() {
      paths.append(line(corpus.divergenceByPosition, frame, "line series\(index)"))
    }
    paths.append(line(text.divergenceByPosition, frame, "line all"))
    var legend = corpora.enumerated().map { index, corpus in
      Picture.LegendEntry(style: "series\(index)", meaning: Phrase(stringLiteral: corpus.name))
    }
    if !legend.isEmpty { legend.insert(.init(style: "all", meaning: "all corpora"), at: 0) }
    let hasBand = text.divergenceByPosition.contains { $0.meanDivergence.low != nil }
    return Picture(
      id: id, heading: "Divergence by position",
      description: "Mean KL divergence: "
        + text.divergenceByPosition.map {
          "\(NumberText.significant($0.meanDivergence.value)) at \($0.from) to \($0.to - 1) tokens"
        }.joined(separator: "; "),
      height: height, lines: frame.lines, paths: paths,
      points: text.divergenceByPosition.enumerated().map { index, bin in
        point(bin, frame, at: "\(place).text.divergenceByPosition.\(index).meanDivergence.value")
      }, labels: frame.labels, legend: legend,
      note: hasBand ? "The band is the 95 % interval of the mean, over sequences." : "")
  }

  private static func middle(_ bin: PositionBin) -> Double { Double(bin.from + bin.to) / 2 }

  private static func point(_ bin: PositionBin, _ frame: Frame, at place: String) -> Picture.Point {
    let figure = Figure(bin.meanDivergence.value, at: place)
    return .init(
      .init(x: frame.x(middle(bin)), y: frame.y(bin.meanDivergence.value)), "dot all",
      tip: "\(bin.from) to \(bin.to - 1) tokens: \(figure.text)", figure)
  }

  private static func line(_ bins: [PositionBin], _ frame: Frame, _ style: String) -> Picture.Path {
    let known = bins.filter { $0.meanDivergence.value.isFinite }
    return Picture.Path(
      through: known.map { .init(x: frame.x(middle($0)), y: frame.y($0.meanDivergence.value)) }, style)
  }

  private static func band(_ bins: [PositionBin], _ frame: Frame) -> Picture.Path? {
    var (low, high): ([Picture.Place], [Picture.Place]) = ([], [])
    for bin in bins {
      guard let least = bin.meanDivergence.low, let most = bin.meanDivergence.high, least.isFinite, most.isFinite
      else { continue }
      low.append(.init(x: frame.x(middle(bin)), y: frame.y(least)))
      high.append(.init(x: frame.x(middle(bin)), y: frame.y(most)))
    }
    return low.count > 1 ? Picture.Path(through: high + low.reversed(), isClosed: true, "band") : nil
  }
}
