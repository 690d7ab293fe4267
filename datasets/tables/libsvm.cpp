// The source `libsvm`: data in the format of LIBSVM, such as a9a, w8a, mushrooms, splice (Chang and Lin: LIBSVM, a
// library for support vector machines, ACM TIST 2(3), 2011), which papers on federated optimization train logistic
// regression on. Labels are whole numbers; in ascending order they are the classes 0, 1, ...

#include <algorithm>
#include <memory>
#include <utility>

#include "datasets/dense_dataset.h"
#include "datasets/formats/libsvm.h"
#include "datasets/sparse_dataset.h"
#include "datasets/tables/loader.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

struct Options {
  std::string path, test_path;
  std::optional<std::uint32_t> features;
  bool regression = false;
  bool dense = false;
  double test_fraction = 0;
};

/// What both halves share.
struct Frame {
  InputShape shape;
  std::vector<double> classes;
};

LibsvmFile select(const LibsvmFile& file, const std::vector<std::uint32_t>& rows) {
  LibsvmFile out;
  for (const std::uint32_t row : rows) {
    out.labels.push_back(file.labels[row]);
    for (std::uint64_t e = file.rows.begin[row]; e < file.rows.begin[row + 1]; ++e) {
      out.rows.columns.push_back(file.rows.columns[e]);
      if (!file.rows.values.empty()) out.rows.values.push_back(file.rows.values[e]);
    }
    out.rows.begin.push_back(out.rows.columns.size());
  }
  return out;
}

Matrix<float> to_dense(const SparseRows& rows, Index features) {
  Matrix<float> values = Matrix<float>::Zero(features, static_cast<Index>(rows.size()));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::uint64_t e = rows.begin[row]; e < rows.begin[row + 1]; ++e) {
      values(rows.columns[e], static_cast<Index>(row)) = rows.values.empty() ? 1.0f : rows.values[e];
    }
  }
  return values;
}

std::shared_ptr<const Dataset> make_dataset(const Frame& frame, LibsvmFile file) {
  std::vector<std::int32_t> labels;
  Matrix<float> targets;
  if (frame.shape.targets > 0) {
    targets.resize(1, static_cast<Index>(file.labels.size()));
    for (std::size_t i = 0; i < file.labels.size(); ++i) {
      targets(0, static_cast<Index>(i)) = static_cast<float>(file.labels[i]);
    }
  } else {
    for (const double label : file.labels) {
      const auto place = std::lower_bound(frame.classes.begin(), frame.classes.end(), label);
      labels.push_back(static_cast<std::int32_t>(place - frame.classes.begin()));
    }
  }
  if (frame.shape.kind == InputShape::Kind::sparse) {
    return std::make_shared<SparseDataset>(frame.shape, std::move(file.rows), std::move(labels), std::move(targets));
  }
  return std::make_shared<DenseDataset>(frame.shape, to_dense(file.rows, frame.shape.features()), std::move(labels),
                                        std::move(targets));
}

class Libsvm final : public DataLoader {
 public:
  explicit Libsvm(Options options) : o_(std::move(options)) {}

  std::optional<InputShape> shape() const override {
    return o_.path.empty() ? std::nullopt : std::optional(frame().shape);
  }

  DataSource load(std::uint64_t seed) const override {
    const Frame shared = frame();
    LibsvmFile train = std::move(*file_);
    file_.reset();
    std::optional<LibsvmFile> test;
    DataSource source;
    source.provenance = fmt::format("{} (crc32 {:08x})", o_.path, train.crc32);
    if (!o_.test_path.empty()) {
      test = read_libsvm(ContentReader::open(o_.test_path),
                         {!o_.regression, static_cast<std::uint32_t>(shared.shape.features()),
                          o_.features ? "which data.features says" : "the largest of " + o_.path,
                          o_.regression ? nullptr : &shared.classes});
      source.provenance += fmt::format(", {} (crc32 {:08x})", o_.test_path, test->crc32);
    } else if (o_.test_fraction > 0) {
      test = draw_test(train, seed);
    }
    source.provenance += fmt::format(": {} rows of {} features for training and {} for testing", train.labels.size(),
                                     shared.shape.features(), test ? test->labels.size() : 0);
    source.train = make_dataset(shared, std::move(train));
    if (test && !test->labels.empty()) source.test = make_dataset(shared, std::move(*test));
    return source;
  }

 private:
  const LibsvmFile& file() const {
    if (!file_)
      file_ = read_libsvm(ContentReader::open(o_.path), {!o_.regression, o_.features, "which data.features says"});
    return *file_;
  }

  Frame frame() const {
    Frame f;
    if (o_.regression) {
      f.shape.targets = 1;
    } else {
      f.classes = classes_of(file().labels, o_.path);
      if (f.classes.size() < 2) {
        throw Failure(
            ExitCode::data_damaged,
            fmt::format("{}: all rows have the label {}; must be at least two classes", o_.path, f.classes.front()));
      }
      f.shape.classes = static_cast<int>(f.classes.size());
    }
    const std::uint32_t features = o_.features.value_or(file().features);
    if (features == 0) throw Failure(ExitCode::data_damaged, fmt::format("{}: no row has an index:value", o_.path));
    f.shape.dims = {features};
    f.shape.kind = o_.dense ? InputShape::Kind::dense : InputShape::Kind::sparse;
    return f;
  }

  LibsvmFile draw_test(LibsvmFile& train, std::uint64_t seed) const {
    const auto n = static_cast<std::uint32_t>(train.labels.size());
    Stream stream(seed, Purpose::dataset);
    const auto count = static_cast<std::uint32_t>(o_.test_fraction * n);
    std::vector<std::uint32_t> drawn = sample_without_replacement(stream, n, count), rest;
    std::sort(drawn.begin(), drawn.end());
    for (std::uint32_t row = 0; row < n; ++row) {
      if (!std::binary_search(drawn.begin(), drawn.end(), row)) rest.push_back(row);
    }
    LibsvmFile test = select(train, drawn);
    train = select(train, rest);
    return test;
  }

  Options o_;
  mutable std::optional<LibsvmFile> file_;  // the training file, read when first asked for
};

std::unique_ptr<DataLoader> read(Section& section) {
  Options o;
  o.path = read_path(section, "file to train on, plain or .gz");
  const auto test = section.maybe_text("test_path", {std::nullopt, "file to test on; relative to the config file", ""});
  if (test && !section.describing()) o.test_path = resolved(section, *test);
  const auto features = section.maybe_whole(
      "features", {std::nullopt, between(1, 2147483647), "features; by default the largest index to train on", ""});
  if (features) o.features = static_cast<std::uint32_t>(*features);
  o.regression = section.word("task", Words{"classification",
                                            {{"classification", "labels are classes", ""},
                                             {"regression", "labels are numbers to predict", ""}},
                                            "what labels are",
                                            ""}) == "regression";
  o.dense = section.word("layout", Words{"sparse",
                                         {{"sparse", "in memory only what the file has", ""},
                                          {"dense", "in memory the zeros too, for models that need them", ""}},
                                         "what samples are",
                                         ""}) == "dense";
  o.test_fraction = section.real("test_fraction", {0.0, Bounds{0, 1, false, true},
                                                   "share of the rows, drawn at random, that is the test set", ""});
  if (test && o.test_fraction > 0) section.reject("test_fraction", "there is a test_path; give one of them");
  return std::make_unique<Libsvm>(std::move(o));
}

const Registration<DatasetEntry> entry{
    {{"libsvm", "files of LIBSVM's format, such as a9a, w8a and mushrooms", "Chang and Lin 2011"}, read}};

}  // namespace
}  // namespace fedtide
