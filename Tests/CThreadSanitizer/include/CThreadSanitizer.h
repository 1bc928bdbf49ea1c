// Makes the thread sanitizer see the locks of Swift's Synchronization module. Nothing to call: it is enough to be linked.
