// Loaded before a program that a job starts: it ends with the process of the job, however that ends, and is not kept
// alive by the channel to it. Its threads load this too, and have no channel.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()
