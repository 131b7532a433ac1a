namespace JobServer;

/// <summary>Something the operator must set or install; its message is shown as it is, without a stack trace.</summary>
internal sealed class InvalidSettingException(string message, Exception? inner = null) : Exception(message, inner);
