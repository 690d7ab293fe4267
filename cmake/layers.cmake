# One library a layer, linking only what it may see. Layers with self-registering files are OBJECT libraries, since the linker
# drops unreferenced files of a static archive.

function(fedtide_layer name kind folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(fedtide_${name} ${kind} ${sources})
  set_target_properties(fedtide_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(fedtide_${name} PUBLIC fedtide_flags ${ARGN})
  if(name STREQUAL "base")
    target_precompile_headers(fedtide_base PRIVATE ${CMAKE_SOURCE_DIR}/sim/base/headers.h)
  else()
    target_precompile_headers(fedtide_${name} REUSE_FROM fedtide_base)
  endif()
endfunction()

fedtide_layer(base STATIC sim/base Eigen3::Eigen fmt::fmt fedtide_random123 fedtide_hdf5)
fedtide_layer(config STATIC sim/config fedtide_base yaml-cpp nlohmann_json::nlohmann_json)
fedtide_layer(files STATIC sim/files fedtide_config fedtide_rapidjson ZLIB::ZLIB)
fedtide_layer(model OBJECT sim/model fedtide_config)
# Kernels for one kind of processor, chosen at run time; at -O2 they are several times slower, and their arrays are registers, with no stack to protect.
file(GLOB avx2_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sim/model/kernels/avx2/*.cpp)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${avx2_sources} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma;-mbmi2;-O3;-fno-stack-protector"
                              SKIP_PRECOMPILE_HEADERS ON)
else()
  set_source_files_properties(${avx2_sources} PROPERTIES HEADER_FILE_ONLY ON)
endif()
fedtide_layer(learn STATIC sim/learn fedtide_config Eigen3::Eigen)
fedtide_layer(engine STATIC sim/engine fedtide_base TBB::tbb Threads::Threads)
if(FEDTIDE_MPI AND MPI_C_FOUND)
  target_link_libraries(fedtide_engine PRIVATE MPI::MPI_C)
  set_source_files_properties(sim/engine/mpi_transport.cpp PROPERTIES COMPILE_DEFINITIONS FEDTIDE_MPI
                                                                      SKIP_PRECOMPILE_HEADERS ON)
endif()
fedtide_layer(fleet OBJECT sim/fleet fedtide_files)
fedtide_layer(federation OBJECT sim/federation fedtide_learn fedtide_engine)
fedtide_layer(record STATIC sim/record fedtide_learn fedtide_engine fedtide_hdf5 fedtide_xxhash nlohmann_json::nlohmann_json)
fedtide_layer(algorithms OBJECT algorithms fedtide_learn fedtide_engine)
fedtide_layer(datasets OBJECT datasets fedtide_learn fedtide_files fedtide_hdf5 fedtide_zip PNG::PNG ZLIB::ZLIB
              nlohmann_json::nlohmann_json fedtide_xxhash)
fedtide_layer(experiment STATIC sim/experiment fedtide_record)
fedtide_layer(cli STATIC sim/cli fedtide_experiment CLI11::CLI11 OpenSSL::Crypto ZLIB::ZLIB)

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
string(STRIP "${CMAKE_CXX_FLAGS_${build_type}} -march=${FEDTIDE_MARCH} -ffp-contract=off" build_flags)
target_compile_definitions(fedtide_experiment PRIVATE FEDTIDE_VERSION="${PROJECT_VERSION}"
                                                      FEDTIDE_BUILD_FLAGS="${build_flags}")
if(FEDTIDE_STD_THREADS)
  target_compile_definitions(fedtide_engine PRIVATE FEDTIDE_STD_THREADS)
endif()

# Everything that registers itself, in one word for executables.
set(FEDTIDE_PLUGINS fedtide_model fedtide_fleet fedtide_federation fedtide_algorithms fedtide_datasets)

# Square roots that set no errno become vector code, with the same bits.
set_source_files_properties(sim/learn/optimizers/adam.cpp sim/learn/optimizers/adamw.cpp sim/learn/optimizers/adagrad.cpp
                            PROPERTIES COMPILE_OPTIONS -fno-math-errno SKIP_PRECOMPILE_HEADERS ON)
