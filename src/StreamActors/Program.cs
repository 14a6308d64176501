using StreamActors.Commands;
using StreamActors.Hosting;

StartClock.Begin();
return await CommandLine.RunAsync(args, CommandContext.OfProcess()).ConfigureAwait(false);
