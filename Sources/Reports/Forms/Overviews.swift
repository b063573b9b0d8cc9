import Pipeline

/// A page that compares the products of one pipeline file.
package struct HTMLOverview: OverviewForm {
  package init() {}

  package var fileName: String { "overview.html" }

  package func text(of outcomes: [Outcome], in folder: String) -> String {
    Templates.all.render(OverviewView(outcomes, in: folder), with: "overview")
  }
}

/// The same in a few lines for a comment on a pull request.
package struct MarkdownOverview: OverviewForm {
  package init() {}

  package var fileName: String { "overview.md" }

  package func text(of outcomes: [Outcome], in folder: String) -> String {
    Templates.all.render(OverviewView(outcomes, in: folder), with: "summary-overview")
  }
}

/// The outcomes of all pipelines as one JSON document.
package struct JSONOverview: OverviewForm {
  package init() {}

  package var fileName: String { "overview.json" }

  package func text(of outcomes: [Outcome], in folder: String) -> String {
    RecordEncoding.encode(outcomes)
  }
}
