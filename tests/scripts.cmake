# Tests that are scripts: the program as a user drives it, the Python side, and checks of the tree.
set(system_python /usr/bin/python3)  # the first python3 of the path may not be Debian's
file(GLOB script_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cli/test_*.py
     ${CMAKE_CURRENT_SOURCE_DIR}/scripts/test_*.py ${CMAKE_CURRENT_SOURCE_DIR}/fault/test_*.py
     ${CMAKE_CURRENT_SOURCE_DIR}/tree/test_*.py ${CMAKE_CURRENT_SOURCE_DIR}/slurm/test_*.py
     ${CMAKE_CURRENT_SOURCE_DIR}/mpi/test_*.py)
if(FEDTIDE_SANITIZE)
  # These hold the program to seconds and bytes, or trace its system calls: a sanitizer's own would be measured, and it does not run
  # under a tracer; or they are about Python scripts and the tree.
  list(FILTER script_tests EXCLUDE REGEX "/fault/|/cli/test_(mistakes|hostile_files|signals)|/scripts/|/tree/|/slurm/|/mpi/")
endif()
if(FEDTIDE_SANITIZE STREQUAL "thread")
  list(FILTER script_tests INCLUDE REGEX "/cli/test_(run|same_bits)")
endif()
set(slowdown 1)  # what bounds on CPU time are multiplied by
if(FEDTIDE_SANITIZE)
  set(slowdown 20)
endif()
foreach(script IN LISTS script_tests)
  cmake_path(RELATIVE_PATH script BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE relative)
  string(REGEX REPLACE "/test_(.*)\\.py$" ".\\1" name "${relative}")
  add_test(NAME ${name} COMMAND ${system_python} ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "FEDTIDE=$<TARGET_FILE:fedtide>;FEDTIDE_SLOWDOWN=${slowdown};FEDTIDE_SOURCE=${CMAKE_SOURCE_DIR};PYTHONPATH=${CMAKE_SOURCE_DIR}/scripts"
    SKIP_RETURN_CODE 77)
  if(name MATCHES "^slurm")
    set_tests_properties(${name} PROPERTIES LABELS long RUN_SERIAL ON)  # minutes, on a cluster of its own: ctest -LE long
  endif()
endforeach()
