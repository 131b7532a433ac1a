using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

/// <summary>How many rows a submission of records could have left behind.</summary>
internal sealed record StoredRows(WrittenRows Written, string Inputs)
{
    public static async Task<StoredRows> CountAsync(TestDatabase database, CancellationToken cancellationToken) =>
        new(
            await WrittenRows.CountAsync(database, cancellationToken),
            await database.QueryAsync<string>(
                """
                select concat_ws(' ', (select count(*) from jobserver.files), (select count(*) from jobserver.file_pieces),
                    (select count(*) from jobserver.job_inputs), (select count(*) from jobserver.outputs),
                    (select count(*) from jobserver.items), (select count(*) from jobserver.lookups))
                """,
                cancellationToken
            )
        );
}
