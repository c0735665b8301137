package org.comitia.membership;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jgroups.util.DefaultSocketFactory;

/**
 * The channel's sockets. JGroups forgets a connection that it accepted while it was being closed:
 * its socket would stay open, with nobody reading, as long as the process. Safe for any thread.
 */
final class ChannelSockets extends DefaultSocketFactory {
  private final Set<Socket> accepted = ConcurrentHashMap.newKeySet();

  @Override
  public ServerSocket createServerSocket(String service) throws IOException {
    return new ServerSocket() {
      @Override
      public Socket accept() throws IOException {
        Socket socket = super.accept();
        accepted.removeIf(Socket::isClosed);
        accepted.add(socket);
        return socket;
      }
    };
  }

  /** Closes whatever was accepted and is still open; called when the channel is closed. */
  void closeAccepted() {
    for (Socket socket : accepted) {
      try {
        socket.close();
      } catch (IOException e) {
        // closed is all it has to be
      }
    }
    accepted.clear();
  }
}
