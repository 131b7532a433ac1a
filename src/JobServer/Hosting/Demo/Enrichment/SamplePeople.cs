namespace JobServer.Hosting.Demo.Enrichment;

/// <summary>The people that the sample API knows, by address.</summary>
internal static class SamplePeople
{
    private static readonly Dictionary<string, object> Known = new(StringComparer.Ordinal)
    {
        ["ann@example.org"] = Person("Ann Lee", "Lisboa", "+351 21 000 0001", "+351 21 000 0002"),
        ["bob@example.org"] = Person("Bob Meyer", "Köln", "+49 221 0000001"),
        ["cleo.cruz@example.org"] = Person("Cleo Cruz", "São Paulo", "+55 11 0000 0001"),
        ["jörg+a@example.org"] = Person("Jörg Öz", "İzmir", "+90 232 000 00 01"),
        ["dan@example.org"] = new { name = "Dan" },
    };

    /// <summary>JSON, 302 for one who has moved, or 404.</summary>
    public static IResult PageOf(string email) =>
        email == "cleo@example.org" ? Results.Redirect("cleo.cruz@example.org")
        : Known.TryGetValue(email, out var person) ? Results.Json(person)
        : Results.NotFound();

    private static object Person(string name, string city, params string[] phones) =>
        new
        {
            name,
            address = new { city },
            phones,
        };
}
