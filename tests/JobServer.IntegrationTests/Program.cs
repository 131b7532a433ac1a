using JobServer.IntegrationTests;
using JobServer.IntegrationTests.EmbeddedPostgres;
using Xunit.MicrosoftTestingPlatform;

// A test that kills a process starts this very program once more, in another role.
return args is [OwnerProcess.Role, var folder]
    ? await OwnerProcess.RunAsync(folder)
    : await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
