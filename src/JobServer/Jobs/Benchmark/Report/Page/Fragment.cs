using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>
/// Renders what it is given. Our components are functions that make fragments of records: a component's parameters must
/// be public, and with them all records of the report.
/// </summary>
internal sealed class Fragment : ComponentBase
{
    [Parameter, EditorRequired]
    public required RenderFragment Content { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, Content);
}
