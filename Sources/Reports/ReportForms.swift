import Pipeline

/// Every form in which outcomes are told.
package enum ReportForms {
  /// Files of a run's own report, beside `report.json`.
  package static let all: [any ReportForm] = [HTMLReport(), MarkdownSummary(), JUnitReport()]
  /// Files that tell of several runs.
  package static let overviews: [any OverviewForm] = [HTMLOverview(), MarkdownOverview(), JSONOverview()]
}
