using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Jobs;

/// <summary>
/// A job that a newer version has accepted: of a kind, or with arguments, that this one does not know. Another host may.
/// </summary>
internal sealed class NewerJobException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How stored arguments are read. To leave out what is not known could be to do something else.</summary>
    public static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Web)
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
