# NATGRAD_EIGEN_INCLUDE: Eigen's headers, from the pip package cmeel-eigen where a Python has it, else from the system.
find_path(NATGRAD_EIGEN_INCLUDE Eigen/Core PATH_SUFFIXES eigen3 include/eigen3 NO_CACHE NO_DEFAULT_PATH
          PATHS ${EIGEN3_INCLUDE_DIR} $ENV{EIGEN3_INCLUDE_DIR})
if(NOT NATGRAD_EIGEN_INCLUDE)
  find_package(Python 3.11 COMPONENTS Interpreter QUIET)
  if(Python_FOUND)
    execute_process(
      COMMAND ${Python_EXECUTABLE} -c "import cmeel, pathlib; print(pathlib.Path(list(cmeel.__path__)[0]).parent / 'cmeel.prefix')"
      OUTPUT_VARIABLE cmeel_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    execute_process(
      COMMAND ${Python_EXECUTABLE} -c "import sysconfig; print(sysconfig.get_path('purelib'))"
      OUTPUT_VARIABLE purelib OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  find_path(NATGRAD_EIGEN_INCLUDE Eigen/Core NO_CACHE PATH_SUFFIXES eigen3 include/eigen3
            HINTS ${cmeel_prefix} ${purelib}/cmeel.prefix PATHS /usr/include /usr/local/include)
endif()
if(NOT NATGRAD_EIGEN_INCLUDE)
  message(FATAL_ERROR "Eigen's headers were not found: pip install cmeel-eigen, or set EIGEN3_INCLUDE_DIR")
endif()
message(STATUS "natgrad_native: Eigen in ${NATGRAD_EIGEN_INCLUDE}")
