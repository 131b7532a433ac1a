using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Jobs;

/// <summary>How arguments that are stored with jobs are read.</summary>
internal static class JobArgs
{
    /// <summary>Refuses members that this version does not know: to leave them out could be to do something else.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="NewerJobException">They hold what this version does not know.</exception>
    public static T Read<T>(byte[] args, Func<byte[], T> read)
    {
        try
        {
            return read(args);
        }
        catch (JsonException exception)
        {
            throw new NewerJobException("This version does not know all arguments of the job.", exception);
        }
    }
}
