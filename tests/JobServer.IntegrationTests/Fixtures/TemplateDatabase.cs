using JobServer.Ledger;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>What every test database starts with: it is made once per run, and cloned for each test class.</summary>
internal static class TemplateDatabase
{
    public static Task MigrateAsync(string connectionString, CancellationToken cancellationToken) =>
        Migrator.MigrateAsync(connectionString, cancellationToken);
}
