#include "sim/cli/app.h"

int main(int argc, char** argv) { return fedtide::run_app(argc, argv); }
