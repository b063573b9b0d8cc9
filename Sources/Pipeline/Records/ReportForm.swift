/// A way to tell an outcome: one file in the report's folder.
package protocol ReportForm: Sendable {
  /// Such as `report.html`.
  var fileName: String { get }
  /// The whole file.
  func text(of outcome: Outcome) -> String
}

/// A way to tell what the pipelines of one file came to, side by side: one file in the folder of the file's own report.
package protocol OverviewForm: Sendable {
  /// Such as `overview.html`.
  var fileName: String { get }
  /// The whole file.
  ///
  /// - Parameters:
  ///   - outcomes: in the order of the runs.
  ///   - folder: where the file will stand; links are relative to it.
  func text(of outcomes: [Outcome], in folder: String) -> String
}

/// What a run leaves in report folders beside `report.json`.
package struct Recording: Sendable {
  /// A file that tells of every pipeline that ran so far. It grows with each run, so that it too is on disk before the
  /// run publishes anything.
  package struct Overview: Sendable {
    package let folder: String
    package let forms: [any OverviewForm]
    /// What the pipelines before this one came to.
    package let earlier: [Outcome]

    package init(folder: String, forms: [any OverviewForm], earlier: [Outcome]) {
      self.folder = folder
      self.forms = forms
      self.earlier = earlier
    }
  }

  package let forms: [any ReportForm]
  package let overview: Overview?
  /// The overviews that an earlier run may have left, in the folder of the file's own report, if it has one.
  let earlierOverviews: [String]

  package init(forms: [any ReportForm] = [], overview: Overview? = nil, earlierOverviews: [String] = []) {
    self.forms = forms
    self.overview = overview
    self.earlierOverviews = earlierOverviews
  }

  /// The files of an outcome.
  ///
  /// - Parameter folder: that of the outcome's own report, if it is to have one.
  func files(of outcome: Outcome, in folder: String?) -> [ReportFile] {
    var files: [ReportFile] = []
    if let folder {
      files += forms.map { ReportFile(path: "\(folder)/\($0.fileName)", text: $0.text(of: outcome)) }
    }
    if let overview {
      let outcomes = overview.earlier + [outcome]
      files += overview.forms.map {
        ReportFile(path: "\(overview.folder)/\($0.fileName)", text: $0.text(of: outcomes, in: overview.folder))
      }
    }
    return files
  }
}

/// A text file to be written.
struct ReportFile {
  let path: String
  let text: String
}
