#pragma once
// What the fuzzers of binary formats and of LEAF's JSON run, and the tests over their corpora: any bytes are read, or
// refused as damaged, and what is read is sound.

#include <cstdint>
#include <span>
#include <utility>

#include "datasets/arrays/array_source.h"
#include "datasets/formats/cifar.h"
#include "datasets/formats/idx.h"
#include "datasets/formats/leaf.h"
#include "datasets/formats/npy.h"
#include "datasets/formats/npz.h"
#include "datasets/formats/png.h"
#include "datasets/leaf/clients_source.h"
#include "tests/fuzz/text_harness.h"

namespace fedtide {

using FuzzBytes = std::span<const std::uint8_t>;

/// The examples, and a data source made of them as both halves.
inline void run_leaf(FuzzBytes file) {
  expect_failure_at_most([file] {
    ClientExamples train, test;
    read_leaf(ContentReader::over("fuzz", file), train);
    read_leaf(ContentReader::over("fuzz", file), test);
    FEDTIDE_REQUIRE(train.labels.size() + train.text_labels.size() == train.samples, "{} labels of {} samples",
                    train.labels.size() + train.text_labels.size(), train.samples);
    const std::uint64_t samples = train.samples;
    ClientsOptions options;
    options.text.steps = 4;
    if (file.size() % 2 == 0) options.text.field = static_cast<std::uint32_t>(file.size() / 2 % 6);
    const DataSource source = clients_source("fuzz", std::move(train), std::move(test), options, 1);
    FEDTIDE_REQUIRE(source.train->size() <= samples, "{} samples of {}", source.train->size(), samples);
  });
}

/// An array, and a data source of which it is x, y and the clients.
inline void run_npy(FuzzBytes file) {
  expect_failure_at_most([file] {
    const Array array = read_npy(ContentReader::over("fuzz", file));
    std::uint64_t size = 1;
    for (const std::uint64_t dim : array.dims) size *= dim;
    FEDTIDE_REQUIRE(array.size() == size, "{} values of {}", array.size(), size);
    array_source({array, array, array}, ArrayHalf{array, array, array}, {true, 0});
  });
  expect_failure_at_most([file] {
    const NpzFile npz = NpzFile::over("fuzz", file);
    for (const std::string& name : npz.names()) npz.read(name);
  });
  expect_failure_at_most([file] { read_idx(ContentReader::over("fuzz", file)); });
}

inline void run_png(FuzzBytes file) {
  expect_failure_at_most([file] {
    CifarImages images;
    read_cifar_png(ContentReader::over("fuzz", file), images);
    FEDTIDE_REQUIRE(images.pixels.size() % kCifarPixels == 0, "{} pixels", images.pixels.size());
  });
  expect_failure_at_most([file] { read_json_labels(ContentReader::over("fuzz", file), 10); });
}

inline void run_cifar(FuzzBytes file) {
  for (const bool superclasses : {false, true}) {
    expect_failure_at_most([file, superclasses] {
      CifarImages images;
      read_cifar(ContentReader::over("fuzz", file), superclasses, images);
      FEDTIDE_REQUIRE(images.pixels.size() == images.labels.size() * kCifarPixels, "{} pixels", images.pixels.size());
    });
  }
}

}  // namespace fedtide
