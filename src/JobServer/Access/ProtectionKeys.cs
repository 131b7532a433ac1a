using System.Xml.Linq;
using JobServer.Ledger;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace JobServer.Access;

/// <summary>Keeps the keys that protect cookies in the ledger, where every host finds them.</summary>
internal sealed class ProtectionKeys(ProtectionKeyStore store) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. store.Read().Select(XElement.Parse)];

    public void StoreElement(XElement element, string friendlyName) =>
        store.Write(friendlyName, element.ToString(SaveOptions.DisableFormatting));
}
