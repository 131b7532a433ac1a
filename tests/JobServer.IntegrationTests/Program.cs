using JobServer.IntegrationTests;
using JobServer.IntegrationTests.BatchedStorage.Faults;
using JobServer.IntegrationTests.EmbeddedPostgres;
using JobServer.IntegrationTests.Hosting;
using Xunit.MicrosoftTestingPlatform;

// A test that kills a process starts this very program once more, in another role.
return args switch
{
    [MappedRoutes.Role, var database] => await MappedRoutes.RunAsync(database),
    [OwnerProcess.Role, var folder] => await OwnerProcess.RunAsync(folder),
    [WorkerProcess.Role, var database, var workers, var poll, var queues] => await WorkerProcess.RunAsync(
        database,
        workers,
        poll,
        queues
    ),
    _ => await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
};
