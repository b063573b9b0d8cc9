import Pipeline

/// A page for people that needs nothing but itself: no network, no script.
package struct HTMLReport: ReportForm {
  package init() {}

  package var fileName: String { "report.html" }

  package func text(of outcome: Outcome) -> String {
    Templates.all.render(ReportView(outcome), with: "report")
  }
}
