// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <map>
#include <string>

#include "base/result.h"
#include "worker/python/ref.h"
#include "worker/template/orders.h"

namespace monoceros::worker {

// The pending exception as the package's own Python code words it for people.
base::Error TakeError();

// All need the GIL. The errors are texts for people: a sentence, and the application's traceback
// where its own code raised.

// Changes to the application's directory and puts it and `pythonpath` before sys.path.
base::Result<void> PreparePaths(const StartOrder& start);

// Imports the application and returns it.
base::Result<python::Ref> LoadApplication(const StartOrder& start);

// What a worker of that class calls for the application; the error says that the class cannot run
// it.
base::Result<python::Ref> AdaptApplication(const python::Ref& application,
                                           const char* worker_class);

// Everything imported so far is shared with the workers: the collector must not write to it.
void FreezeObjects();

// Writes out what the interpreter's standard streams hold, which workers would write again.
void FlushStreams();

// The names of the running threads that Python knows, by their thread id.
std::map<pid_t, std::string> PythonThreads();

}  // namespace monoceros::worker
